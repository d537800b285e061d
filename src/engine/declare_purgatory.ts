/** `purgatory KIND at ADDRESS { … }` in an `image` block. */
import type { MatchedClause } from "../check/mod.ts";
import { closest } from "../diagnostics/mod.ts";
import {
  GENERAL_REGISTERS,
  type ImageSpec,
  type PurgatoryKind,
  type PurgatorySpec,
} from "../machine/mod.ts";
import { argsOf, type Sources } from "./arguments.ts";
import { complain } from "./evaluate.ts";

export function declarePurgatory(
  clause: MatchedClause,
  image: Pick<ImageSpec, "slot" | "flags">,
  around: Sources,
): PurgatorySpec {
  const args = argsOf(clause.args, around);
  const kind = args.kind as PurgatoryKind;
  const { span } = clause.sentence;
  const inKernel = kind === "in_kernel";
  if (inKernel !== image.flags.includes("file")) {
    complain(
      "KX0210",
      span,
      inKernel
        ? "The kernel's own purgatory belongs to images that kexec_file_load loads"
        : "kexec_file_load brings the kernel's own purgatory, not that of kexec-tools",
      inKernel
        ? "Write `image NAME : default file { … }`, or `purgatory kexec_tools`"
        : "Write `purgatory in_kernel`, or leave the flag `file` out",
    );
  }
  const inner = (head: string) => clause.clauses.filter((c) => c.shape.head === head);
  if (inKernel && clause.clauses.length > 0) {
    const [first] = clause.clauses;
    complain(
      "KX0210",
      first!.sentence.span,
      `The kernel's own purgatory has no options: \`${first!.shape.head}\` is one of kexec-tools`,
      "It always verifies; its registers and the backup are the kernel's choice",
    );
  }
  const address = (head: string) => {
    const [found] = inner(head);
    return found === undefined
      ? undefined
      : argsOf(found.args, around).address as bigint | undefined;
  };
  const [backup] = inner("backup");
  if (backup !== undefined && image.slot !== "crash") {
    complain("KX0210", backup.sentence.span, "Low memory is saved for a crash kernel only");
  }
  const chosen = (head: string) =>
    inner(head).length === 0 ? undefined : address(head) ?? "chosen" as const;
  const backupAt = chosen("backup");
  const coreHeaderAt = chosen("elfcorehdr");
  const cmdlineEnd = address("cmdline_end");
  return {
    kind,
    ...(args.at === undefined ? {} : { at: args.at as bigint }),
    skipChecks: inner("skip_checks").length > 0,
    entry32: inner("entry32").length > 0,
    registers: Object.fromEntries(inner("register").map((c) => registerOf(c, around))),
    ...(backupAt === undefined ? {} : { backupAt }),
    ...(coreHeaderAt === undefined ? {} : { coreHeaderAt }),
    ...(cmdlineEnd === undefined ? {} : { cmdlineEnd }),
  };
}

function registerOf(clause: MatchedClause, around: Sources): [string, bigint] {
  const args = argsOf(clause.args, around);
  const name = String(args.name);
  if ((GENERAL_REGISTERS as readonly string[]).includes(name)) return [name, args.value as bigint];
  const meant = closest(name, GENERAL_REGISTERS);
  return complain(
    "KX0101",
    clause.sentence.span,
    `There is no register \`${name}\` that purgatory sets`,
    meant === undefined ? `Like \`rsi\`` : `Did you mean \`${meant}\`?`,
  );
}
