/** Places that kexec-tools 2.0.25 chose on real memory maps, and what holds on any. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../src/mod.ts";

interface Recorded {
  readonly what: string;
  readonly ram: readonly string[];
  /** Main crash region, where a crash image was loaded. */
  readonly region?: string;
  readonly entry32?: boolean;
  readonly purgatory: number;
  readonly coreHeader?: number;
  readonly backup?: number;
}

const RECORDED: readonly Recorded[] = [
  {
    what: "1 GiB with holes",
    ram: ["0x1000 .. 0x9fc00", "0x100000 .. 0xc800000", "0x37100000 .. 0x3ffe0000"],
    purgatory: 0x3ffd7000,
  },
  {
    what: "the crash region of 1 GiB with holes",
    ram: ["0x1000 .. 0x9fc00", "0x100000 .. 0xc800000", "0x37100000 .. 0x3ffe0000"],
    region: "0x38000000 .. 0x3e000000",
    purgatory: 0x3df54000,
    coreHeader: 0x3df5d000,
    backup: 0x3df61000,
  },
  {
    what: "RAM above 4 GiB in pieces, the last of them the highest",
    ram: ["0x400 .. 0x9fc00", "0x100000 .. 0xbff00000", "0x150000000 .. 0x190000000"],
    purgatory: 0x18fff7000,
  },
  {
    what: "UEFI, protected mode",
    ram: ["0x400 .. 0xa0000", "0x900000 .. 0x3eaa0000", "0x3f7fe000 .. 0x3fef4000"],
    entry32: true,
    purgatory: 0x3feeb000,
  },
  {
    what: "UEFI, a crash kernel in protected mode",
    ram: ["0x400 .. 0xa0000", "0x900000 .. 0x3eaa0000", "0x3f7fe000 .. 0x3fef4000"],
    region: "0x30000000 .. 0x38000000",
    entry32: true,
    purgatory: 0x37f54000,
    coreHeader: 0x37f5d000,
    backup: 0x37f61000,
  },
];

function story({ ram, region, entry32 }: Omit<Recorded, "what" | "purgatory">): string {
  const options = [
    ...(entry32 === true ? ["entry32"] : []),
    ...(region === undefined ? [] : ["backup", "elfcorehdr"]),
  ];
  return `machine vm {
${ram.map((range) => `  memory ${range}`).join("\n")}
}
boot linux 6.1 on vm {
${region === undefined ? "" : `  crash_region ${region}\n`}}
image k : ${region === undefined ? "default" : "crash"} {
  segment kernel at ${region?.split(" ")[0] ?? "0x1000"} size 4KiB fill 0x90
  purgatory kexec_tools {
${options.map((option) => `    ${option}`).join("\n")}
  }
}
load k
`;
}

for (const recorded of RECORDED) {
  test(`kexec-tools places purgatory as recorded: ${recorded.what}`, () => {
    const lab = run(story(recorded));
    assert.deepEqual(lab.failures, []);
    const [image] = [...lab.machine.images.values()];
    const at = (name: string) => image!.segments.find((s) => s.name === name)?.dest;
    assert.equal(at("purgatory"), recorded.purgatory);
    assert.equal(at("elfcorehdr"), recorded.coreHeader);
    assert.equal(at("backup"), recorded.backup);
  });
}

test("what kexec-tools places lies in RAM, over no segment, and as high as it can", () => {
  const mib = fc.integer({ min: 1, max: 480 });
  const segments = fc.uniqueArray(mib, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(segments, fc.boolean(), (places, taken) => {
      const text = `machine vm {
  memory 0 .. 639KiB, 1MiB .. 512MiB
}
boot linux 6.12 on vm {}
image k : default {
${places.map((at, i) => `  segment s${i} at ${at}MiB size 1MiB fill 0x90`).join("\n")}
${taken ? "  segment top at 481MiB size 31MiB buffer 0 zeros" : ""}
  purgatory kexec_tools
}
load k
`;
      const { machine, failures } = run(text);
      assert.deepEqual(failures, []);
      const [image] = [...machine.images.values()];
      const own = image!.segments.find((s) => s.name === "purgatory")!;
      const others = image!.segments.filter((s) => s !== own);
      const end = own.dest + own.destSize;
      for (const s of others) assert.ok(end <= s.dest || own.dest >= s.dest + s.destSize);
      // Directly behind it is the end of RAM or a segment, and above that no hole is left.
      const above = others.filter((s) => s.dest >= end).toSorted((a, b) => a.dest - b.dest);
      let at = end;
      for (const s of above) {
        assert.ok(s.dest - at < own.destSize);
        at = s.dest + s.destSize;
      }
      assert.ok(512 * 2 ** 20 - at < own.destSize);
    }),
    { seed: 5, numRuns: 40 },
  );
});
