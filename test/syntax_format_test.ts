/** The canonical layout, form by form. Laws of it are in syntax_properties_test.ts. */
import test from "node:test";
import assert from "node:assert/strict";
import { format, parse } from "../src/syntax/mod.ts";
import { SourceText } from "../src/text/mod.ts";

/** `before` becomes `after`, and `after` stays as it is. */
function layout(name: string, before: string, after: string): void {
  test(name, () => {
    for (const text of [before, after]) {
      const source = new SourceText(0, "t.kx", text);
      const { script, diagnostics } = parse(source);
      assert.deepEqual(diagnostics, [], text);
      assert.equal(format(script, source), after);
    }
  });
}

layout("nothing", " \n\n;;", "");

layout(
  "spaces and signs",
  `image   old:crash{entry 0x10+4*-2}
a=1,2 , 3
call  f( a,b )
x [ ] [1,2 , ] (a) f() -~ 1
memory 0..640KiB,64M@128M
expect not(a or b)and c==(d+1)
show map 1 : 1 of a
`,
  `image old : crash { entry 0x10 + 4 * -2 }
a = 1, 2, 3
call f(a, b)
x [] [1, 2] (a) f() - ~1
memory 0 .. 640KiB, 64M @ 128M
expect not (a or b) and c == (d + 1)
show map 1:1 of a
`,
);

layout(
  "numbers and strings",
  String.raw`x 0X0810_ABCD 17pages 1 page 8bytes 64 MiB 64m 1_000 "\x41\x0a\x7f\0" "a	b"
`,
  String.raw`x 0x0810_abcd 17 pages 1 page 8 bytes 64MiB 64m 1_000 "A\n\x7f\0" "a\tb"
`,
);

layout(
  "blocks stay on one line if they were and fit",
  `a{b;c{d}}
a { b; }
a {
b }
a{}
a {

}
if a{b}else if c{d}else{e}
if a {b} else {
c}
machine host_with_a_long_name { cpus 4; memory 0 .. 640KiB; memory 1MiB .. 3GiB; memory 4GiB .. 5GiB }
`,
  `a { b; c { d } }
a { b }
a {
  b
}
a {}
a {}
if a { b } else if c { d } else { e }
if a {
  b
} else {
  c
}
machine host_with_a_long_name {
  cpus 4
  memory 0 .. 640KiB
  memory 1MiB .. 3GiB
  memory 4GiB .. 5GiB
}
`,
);

layout(
  "comments keep their places",
  `

# first
   # second


# third
a{# opened
# inside
b#end


# last

}#closed
if a {# one
}else if b {# two
c
# three
}else{# four
}# five
d; # six
# seven

`,
  `# first
# second

# third
a {  # opened
  # inside
  b  #end

  # last
}  #closed
if a {  # one
} else if b {  # two
  c
  # three
} else {  # four
}  # five
d  # six
# seven
`,
);

layout(
  "comments inside a statement",
  `let x = [ # why
  1, # one
  # own line
  2
]
a 1 + # plus
  2, # two
  3 {  # four
 b }
`,
  `let x = [  # why
    1,  # one
    # own line
    2]
a 1 +  # plus
    2,  # two
    3 {  # four
  b
}
`,
);

layout(
  "long lines are broken after commas",
  `memory ${"0x1000_0000 .. 0x2000_0000, ".repeat(5)}0x1000_0000 .. 0x2000_0000
  f { call g(${"argument, ".repeat(12)}last) }
cmdline "${"x".repeat(120)}" and more
`,
  `memory 0x1000_0000 .. 0x2000_0000, 0x1000_0000 .. 0x2000_0000, 0x1000_0000 .. 0x2000_0000,
    0x1000_0000 .. 0x2000_0000, 0x1000_0000 .. 0x2000_0000, 0x1000_0000 .. 0x2000_0000
f {
  call g(argument, argument, argument, argument, argument, argument, argument, argument, argument,
      argument, argument, argument, last)
}
cmdline "${"x".repeat(120)}" and more
`,
);

layout(
  "pasted text stays as it is",
  `machine host {
iomem {# as printed
00000000-00000fff : Reserved
	  00000400-000004ff : nested  [{

  }
  e820 {}
}
`,
  `machine host {
  iomem {  # as printed
00000000-00000fff : Reserved
	  00000400-000004ff : nested  [{

  }
  e820 {
  }
}
`,
);

layout("line endings and byte order mark", "\uFEFFa {\r\n  b\r\n}\r\n", "a {\n  b\n}\n");

layout(
  "keywords",
  `use   "lib.kx"
def f( a,b,){c}
def g ( ) { c }
for x in 1,2{c}
let y=  1
scenario "a"{expect  b}
`,
  `use "lib.kx"
def f(a, b) { c }
def g() { c }
for x in 1, 2 { c }
let y = 1
scenario "a" { expect b }
`,
);
