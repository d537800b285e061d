/** What `kx explain` says of op 1 and op 2. */
import type { HazardText, RuleText } from "../../../machine/mod.ts";

const MACHINE = "machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }";

/** A guest's list at 0x10000000, as 64-bit words, and the raw call that names it. */
function raw(version: string, errno: string, ...words: readonly bigint[]): string {
  return rawOf({ version, errno, type: 0, entry: "0x1000_0000" }, words);
}

interface RawLoad {
  readonly version: string;
  readonly errno: string;
  readonly type: number;
  readonly entry: string;
}

function rawOf({ version, errno, type, entry }: RawLoad, words: readonly bigint[]): string {
  const hex = (value: bigint) => {
    const bytes = new Uint8Array(BigUint64Array.of(value).buffer);
    return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  };
  return [
    MACHINE,
    `boot xen ${version} on m {`,
    '  cmdline "crashkernel=64M@128M"',
    "  dom0 linux 3.6 {",
    "    memory 256MiB",
    "  }",
    "}",
    `dma at 0x1000_0000 hex "${words.map(hex).join(" ")}"`,
    `hypercall load_v1${errno === "" ? "" : ` fails ${errno}`} {`,
    `  type ${type}`,
    "  indirection_page 0x1000_0000",
    `  entry ${entry}`,
    "}",
  ].join("\n");
}

function hooks(version: string, dom0: string, slot: string, ...lines: readonly string[]): string {
  const at = slot === "crash" ? "0x0810_0000" : "0x1000_0000";
  return [
    MACHINE,
    `image a : ${slot} { segment text at ${at} size 8KiB fill 0x90 }`,
    `boot xen ${version} on m {`,
    '  cmdline "crashkernel=64M@128M"',
    "  dom0 classic 2.6.32 {",
    "    memory 256MiB",
    ...dom0 === "" ? [] : [`    ${dom0}`],
    "  }",
    "}",
    "load a via hooks",
    ...lines,
  ].join("\n");
}

export const V1_RULES: readonly RuleText[] = [
  {
    rule: "v1-unknown-word",
    title: "A word of a v1 list has flags that v1 does not know",
    explanation:
      "The low four bits of each word must be exactly 1, 2, 4 or 8. v1 has no word for a page of zeros: the bit that means it later is above these four, so such a word has none of them.",
    example: raw("4.17", "EINVAL", 0x2000_0001n, 0x10n, 4n),
    cite: "xen:kexec_segments_from_ind_page",
  },
  {
    rule: "v1-source-without-destination",
    title: "A v1 list begins with a source",
    explanation: "Segments are derived from the list, and a source adds a page to the last one.",
    example: raw("4.17", "EINVAL", 0x2000_0008n, 4n),
    cite: "xen:kexec_segments_from_ind_page",
  },
  {
    rule: "v1-too-many-segments",
    title: "A v1 list has more than 16 separate destinations",
    explanation:
      "Destinations that adjoin are one segment. Sixteen are allowed here, one more than op 4 takes.",
    example: raw(
      "4.17",
      "EINVAL",
      ...Array.from({ length: 17 }, (_, i) => 0x2000_0001n + 0x2000n * BigInt(i)),
      4n,
    ),
    cite: "xen:kexec_segments_from_ind_page",
  },
  {
    rule: "v1-source-not-owned",
    title: "A source page is not the caller's",
    explanation:
      "Since 4.4 Xen copies the pages that a v1 list names, so it asks whose they are. An address of dom0's own physical memory, left in the list untranslated, is mostly found here; where by chance it names another page of dom0, that one is copied.",
    example: raw("4.17", "EFAULT", 0x2000_0001n, 0x0010_0008n, 4n),
    cite: "xen:kimage_build_ind",
  },
];

export const V1_HAZARDS: readonly HazardText[] = [
  {
    code: "v1-destinations-unmapped",
    title: "A v1 image whose destinations nobody maps",
    explanation:
      "A v1 guest's own tables covered all memory, so nobody asked for anything to be mapped. When Xen 4.4 began to convert such images, it made tables that cover the source pages only, and copying the first page faults without a usable IDT: the machine resets. Releases 4.4.3, 4.5.2 and 4.6 map the destinations and the first MiB.",
    example: hooks("4.4.0", "", "default"),
    cite: "xen:kexec_load_v1",
  },
  {
    code: "v1-crash-outside-area",
    title: "Data of a v1 crash image goes outside the crash area",
    explanation:
      "Up to 4.3 nothing of a v1 image is checked. Since 4.4 its segments have no data in Xen's eyes, and only segments with data must lie inside the area; the entry point is checked.",
    example: rawOf(
      { version: "4.17", errno: "", type: 1, entry: "0x0810_0000" },
      [0x2000_0001n, 4n],
    ),
    cite: "xen:kimage_crash_alloc",
  },
  {
    code: "v1-page-not-the-guests",
    title: "A v1 image names a page that is not the caller's",
    explanation:
      "Xen 4.3 and older store the addresses of a v1 image as they come. One that was left in the guest's own numbering names some other frame of the machine: that is what will be run, walked or copied.",
    example: hooks("4.3", "forgets sources", "default"),
    cite: "xen:kexec_load_unload_internal",
  },
  {
    code: "v1-head-no-link",
    title: "The head of a v1 list is not marked as a link",
    explanation:
      "The guest's relocation code takes the head as the first word of the list, so it must carry the flag of a link. Since 4.4 Xen walks the list itself and takes the page of the head, whatever its flags.",
    example: raw("4.3", "", 0x2000_0001n, 4n),
    cite: "xen:kexec_load_unload_internal",
  },
  {
    code: "registered-page-lost",
    title: "A page of a loaded v1 image is given away",
    explanation:
      "From op 1 to op 2 Xen 4.3 and older use dom0's pages where they are. A balloon driver, a grant or an exchange for DMA that takes one of them leaves the address with Xen: the next owner's bytes are copied, walked or run. Since 4.4 Xen has a copy, and nothing happens.",
    example: hooks(
      "4.3",
      "",
      "default",
      "balloon out 128KiB at 0x0300_0000",
    ),
    cite: "xen:machine_kexec_load",
  },
  {
    code: "ignored-call-succeeds",
    title: "A load or unload during a crash does nothing and answers 0",
    explanation:
      "Up to 4.3 the two calls look whether an image is being run and, if so, leave everything as it is; the caller is told nothing. Later releases say EBUSY.",
    example: `machine m { memory 0 .. 640KiB, 1MiB .. 1GiB }
boot xen 4.3 on m { dom0 classic 2.6.32 { memory 256MiB } }
image a : default { segment text at 0x1000_0000 size 4KiB fill 0x90 }
load a via hooks
at every step of exec default {
  if power is running {
    if kexec_flags == 82 { hypercall unload_v1 { type 0 }; expect hazard "ignored-call-succeeds" }
  }
}`,
    cite: "xen:kexec_load_unload_internal",
  },
];
