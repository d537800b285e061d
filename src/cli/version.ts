/** `kx version`: what to write into a bug report. */
import { type Command, EXIT } from "./command.ts";

/** Semantic: a script that ran on 1.2 runs on 1.3, with the same answers of the same system's version. */
export const VERSION = "0.1.0";

export const command: Command = async ({ host, output, model }) => {
  const { worlds } = await model();
  output.line(`kx ${VERSION} on ${host.runtime}`);
  for (const world of worlds) output.line(`${world.title}: ${world.versions.join(", ")}`);
  return EXIT.well;
};
