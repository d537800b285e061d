/** The processor on which something happens. No real caller can get it wrong: it runs on one. */
import type { ArgValue, Refusal } from "../machine/mod.ts";

/** The number that a sentence names, 0 without one; or why there is none of `count` by that number. */
export function processorOf(
  count: number,
  named: ArgValue | undefined,
  cite: string,
): number | Refusal {
  const cpu = typeof named === "bigint" ? named : 0n;
  if (cpu >= 0n && cpu < count) return Number(cpu);
  return {
    rule: "no-such-processor",
    errno: "EINVAL",
    nature: "arguments",
    message: `there is no processor ${cpu}: the machine has ${
      count === 1 ? "only processor 0" : `processors 0 to ${count - 1}`
    }`,
    ...(cpu < 0n ? {} : { remedy: `\`cpus ${cpu + 1n}\` in the block of \`machine\`` }),
    cite,
  };
}
