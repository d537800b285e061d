/** From a key as code and comments write it, `linux:kimage_alloc_page`, to the source that it names. */
import { KEXEC_TOOLS } from "./kexec_tools.ts";
import { KX } from "./kx.ts";
import { LINUX } from "./linux.ts";
import { MINI_OS } from "./mini_os.ts";
import { XEN } from "./xen.ts";
import { KEXEC_TOOLS_XEN, LINUX_PV, LINUX_UEK, THREADS, XEN_V1 } from "./xen_dom0.ts";
import type { SourceFile } from "./source_file.ts";

export interface Citation {
  readonly key: string;
  readonly project: string;
  /** Path in the project's own tree. */
  readonly path: string;
  /** Function, macro or structure. */
  readonly symbol: string;
  /** Release or commit in which it was read. */
  readonly version: string;
  /** SPDX. Facts are taken over, sentences and code are not. */
  readonly licence: string;
}

const PROJECTS: readonly {
  readonly prefix: string;
  readonly project: string;
  readonly licence: string;
  readonly files: readonly SourceFile[];
}[] = [
  { prefix: "linux", project: "Linux", licence: "GPL-2.0-only", files: LINUX },
  { prefix: "linux", project: "Linux", licence: "GPL-2.0-only", files: LINUX_PV },
  { prefix: "linux-uek", project: "Oracle UEK", licence: "GPL-2.0-only", files: LINUX_UEK },
  { prefix: "xen", project: "Xen", licence: "GPL-2.0-only", files: XEN },
  { prefix: "xen", project: "Xen", licence: "GPL-2.0-only", files: XEN_V1 },
  {
    prefix: "kexec-tools",
    project: "kexec-tools",
    licence: "GPL-2.0-only",
    files: KEXEC_TOOLS,
  },
  {
    prefix: "kexec-tools",
    project: "kexec-tools",
    licence: "GPL-2.0-only",
    files: KEXEC_TOOLS_XEN,
  },
  { prefix: "minios", project: "Mini-OS", licence: "MIT", files: MINI_OS },
  { prefix: "thread", project: "mailing list", licence: "", files: THREADS },
  { prefix: "kx", project: "kx", licence: "MIT", files: KX },
];

const TABLE: ReadonlyMap<string, Citation> = new Map(
  PROJECTS.flatMap(({ prefix, project, licence, files }) =>
    files.flatMap(({ path, version, symbols }) =>
      symbols.map((symbol): [string, Citation] => {
        const key = `${prefix}:${symbol}`;
        return [key, { key, project, path, symbol, version, licence }];
      })
    )
  ),
);

export function citation(key: string): Citation | undefined {
  return TABLE.get(key);
}

/** All keys, in the order of the tables. */
export function citationKeys(): string[] {
  return [...TABLE.keys()];
}

/** `Linux, kernel/kexec_core.c: kimage_alloc_page (7.0-rc, 50698a49)`; undefined for an unknown key. */
export function cited(key: string): string | undefined {
  const source = TABLE.get(key);
  if (source === undefined) return undefined;
  const { project, path, symbol, version } = source;
  return `${project}, ${path}: ${symbol}${version === "" ? "" : ` (${version})`}`;
}
