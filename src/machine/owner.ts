/** To whom a page belongs. A page that nobody owns is free, or is no RAM at all. */

/** What a page is used for. One word, one meaning: see the glossary in src/README.md. */
export type OwnerKind =
  | "kernel" // text, data and bss of what runs, and what it allocated for itself
  | "initrd"
  | "guest" // memory of a domain, whatever it uses it for
  | "reserved" // the firmware map says that it is not for use, or a reservation took it
  | "crash-region" // set aside for a crash image, nothing in it now
  | "segment" // a page of a loaded crash image, already at its destination
  | "source" // holds data until the relocation copies it
  | "control-code" // the relocation stub
  | "control" // another helper page that lies in no destination
  | "page-table"
  | "indirection"
  | "swap" // scratch page of the swapping copy loop
  | "vmcoreinfo" // the safe copy of the vmcoreinfo note
  | "module" // kept in place across a kexec, for whoever runs next
  | "parked"; // taken by a load because it lies in a destination, kept until the image is freed

export interface Owner {
  readonly kind: OwnerKind;
  /** What a person calls it: `Kernel code`, `segment text of image old`. */
  readonly label: string;
  /** The image it serves, by number. */
  readonly image?: number;
}
