/**
 * The text that tells a dump tool about the kernel that crashed. [linux:crash_save_vmcoreinfo_init]
 *
 * Simplified: the real text has some hundred lines about symbols and structures of that very build;
 * here are those that do not depend on it, so that whoever reads the page finds what begins it.
 */
export function vmcoreinfoText(release: string): string {
  return [
    `OSRELEASE=${release}`,
    "PAGESIZE=4096",
    "LENGTH(mem_section)=2048",
    "NUMBER(KERNEL_IMAGE_SIZE)=1073741824",
    "KERNELOFFSET=0",
    "",
  ].join("\n");
}
