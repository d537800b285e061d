/** `kx test`: compares transcripts with golden files. */
import { paintDiff, red } from "./colours.ts";
import { type Call, type Command, EXIT, UsageError } from "./command.ts";
import { findCases, type GoldenCase, judgeCase, type Verdict } from "./golden.ts";
import { withFile } from "./program.ts";
import { allowedFolders } from "./scripts.ts";

export const command: Command = async (call) => {
  const { output, host, options } = call;
  const allow = allowedFolders(call);
  const cases = collectCases(call);
  const model = await call.model();
  const update = options.has("update");
  let passed = 0;
  let failed = 0;
  for (const [i, golden] of cases.entries()) {
    output.progress.report(() => `${i + 1} of ${cases.length}: ${golden.script}`);
    const verdict = withFile(
      "test",
      golden.script,
      () => judgeCase(host, golden, model, { update, allow }),
    );
    print(call, golden, verdict);
    if (verdict.kind === "failed") failed++;
    else passed++;
  }
  output.line(`${passed} passed, ${failed} failed`);
  return failed === 0 ? EXIT.well : EXIT.failed;
};

/** Each case once, though two of the paths may lead to it. */
function collectCases({ operands, host }: Call): GoldenCase[] {
  const cases = new Map<string, GoldenCase>();
  for (const path of operands) {
    const found = withFile("test", path, () => findCases(host, path));
    if (found.length === 0) {
      throw new UsageError(
        `There are no scripts in \`${path}\``,
        "Scripts are files that end in `.kx`",
      );
    }
    for (const golden of found) cases.set(golden.script, golden);
  }
  return [...cases.values()];
}

function print({ output }: Call, golden: GoldenCase, verdict: Verdict): void {
  if (verdict.kind === "passed") return;
  const name = golden.hasScript ? golden.script : golden.trace;
  if (verdict.kind === "written") return output.line(`wrote ${golden.trace}`);
  const heading = `FAILED ${name}: ${verdict.why}`;
  output.line(output.colourOut ? red(heading) : heading);
  for (const line of verdict.diff ?? []) output.line(output.colourOut ? paintDiff(line) : line);
}
