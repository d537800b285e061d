/** A crash image whose segment is a file of 1 GiB: loading it must not read the file. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ScriptFiles } from "../../src/cli/files.ts";
import { host } from "../../src/cli/host_node.ts";
import type { Host } from "../../src/cli/host.ts";
import { run } from "../../src/mod.ts";
import { atMost, type Row, timed } from "./measure.ts";
import { machine } from "./stories.ts";

const STORY = machine({ end: "8GiB", cmdline: "crashkernel=1280M@2G" }) +
  `image capture : crash {
  segment data at 2GiB + 1MiB size 1GiB file "capture.bin"
  entry 2GiB + 1MiB
}
load capture
expect loaded crash capture
`;

export function bench(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "kx-bench-"));
  try {
    writeFileSync(join(folder, "story.kx"), STORY);
    writeFileSync(join(folder, "capture.bin"), "capture kernel");
    truncateSync(join(folder, "capture.bin"), 1 << 30);
    const counted = counting(host);
    const files = new ScriptFiles(counted);
    const opened = files.script(join(folder, "story.kx"));
    if (!opened.ok) throw new Error(opened.message);
    const story = opened.value;
    const before = counted.bytesRead;
    let lab = run("");
    // The text comes from the loader, so that its paths start at the right folder.
    const loader = {
      text: files.text.bind(files),
      bytes: (path: string) => files.bytes(path, story),
    };
    const time = timed(() => lab = run(STORY, { files: loader }));
    if (lab.failures.length > 0) throw new Error(lab.failures[0]!.failure);
    const loading = counted.bytesRead - before;
    lab.page(0x8010_0000n).bytes();
    return Promise.resolve([
      { what: "crash load with a file of 1 GiB", value: time, unit: "ms", aim: atMost(1000) },
      { what: "  bytes of the file that were read", value: loading, unit: "bytes", aim: atMost(0) },
      {
        what: "  after one page was asked for",
        value: counted.bytesRead - before,
        unit: "bytes",
        aim: atMost(65536),
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function counting(host: Host): Host & { bytesRead: number } {
  const counted = {
    ...host,
    bytesRead: 0,
    open(path: string) {
      const file = host.open(path);
      return {
        read(into: Uint8Array, offset: number) {
          const count = file.read(into, offset);
          counted.bytesRead += count;
          return count;
        },
        close: () => file.close(),
      };
    },
  };
  return counted;
}
