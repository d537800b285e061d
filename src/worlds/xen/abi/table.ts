/** A layout as a table for a person. */
import { type Layout, layoutOf, type Struct, type Width } from "./struct.ts";

/** `xen_kexec_load` for one width: offsets and sizes in bytes, pads and why they are there. */
export function abiText(of: Struct, width: Width): string {
  const layout = layoutOf(of, width);
  const rows = [["offset", "size", "type", "member", ""], ...layout.fields.map(row)];
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((r) => r[i]!.length)));
  const lines = rows.map(([offset, size, type, member, about]) =>
    [
      offset!.padStart(widths[0]!),
      size!.padStart(widths[1]!),
      type!.padEnd(widths[2]!),
      member!.padEnd(widths[3]!),
      about!,
    ].join("  ").trimEnd()
  );
  return [title(layout, of.about), ...lines].join("\n");
}

function title({ name, width, size, alignment }: Layout, about: string): string {
  return `${name}, ${width}-bit caller: ${size} byte${
    size === 1 ? "" : "s"
  }, aligned to ${alignment}; ${about}`;
}

function row(field: Layout["fields"][number]): string[] {
  const name = field.name === "" ? "(compiler's pad)" : field.name;
  return [String(field.offset), String(field.size), field.type, name, field.about];
}
