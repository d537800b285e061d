/**
 * What a purgatory's loader learns on Linux: low memory as /proc/iomem shows it, a core header of this
 * kernel, and for kexec_file_load what the kernel's own purgatory is like.
 */
import type { Decision, ImageSpec } from "../../machine/mod.ts";
import type { Range } from "../../memory/mod.ts";
import { addPurgatory, backupSource, type Prepared } from "../../purgatory/mod.ts";
import { coreHeader } from "./core_header.ts";
import { iomemTree } from "./iomem.ts";
import { crashRegion, isConfigured } from "./kernel.ts";
import type { Run } from "./steps.ts";

/** Offset of the kernel's own purgatory's entry point, in Debian's builds of 6.1 and 6.12. */
const ENTRY = { before: 0x120, since65: 0x160 } as const;

/** The image with the segments that its loader adds. */
export function withPurgatory(run: Run, image: ImageSpec): Decision<Prepared> {
  return addPurgatory(run, image, {
    crashRegion: crashRegion(run.machine),
    low: lowMemory(run),
    coreHeader: (backup) => coreHeader(run.machine, { low: true, backup, unit: 1024 }),
    inKernel: { entry: entryOffset(run), unhashed: unhashed(run) },
  });
}

export function entryOffset(run: Run): number {
  return run.features.crashHotplug ? ENTRY.since65 : ENTRY.before;
}

/** The core header of a kernel that may rewrite it. [linux:kexec_calculate_store_digests] */
export function unhashed(run: Run): readonly string[] {
  const rewrites = run.features.crashHotplug &&
    isConfigured(run.machine.settings, "CRASH_HOTPLUG");
  return rewrites ? ["elfcorehdr"] : [];
}

/** What a backup saves, as /proc/iomem shows it. */
export function lowMemory(run: Run): Range {
  const ram = iomemTree(run.machine).filter(({ name }) => name === "System RAM");
  return backupSource(ram.map(({ range }) => range));
}
