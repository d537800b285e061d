/** Replacing a crash image is not safe: the question that kx began with. */
import type { TourStop } from "../mod.ts";

export const CRASH_REPLACEMENT: readonly TourStop[] = [
  {
    explanation: [
      "A server keeps a small kernel ready in memory: if the running kernel panics, it jumps",
      "there and saves what is left. One day that crash kernel is replaced by a newer one.",
      "Is there a moment at which a panic would find none? Let us build the machine.",
    ],
    type: ["machine vm {\n  memory 0 .. 639KiB, 1MiB .. 512MiB\n}"],
  },
  {
    explanation: [
      "Boot a kernel on it. `crashkernel=64M` sets memory aside, the crash region: every line",
      "below is a step, something that happened, and its number is where you can go back to.",
    ],
    type: ['boot linux 6.1 on vm {\n  cmdline "crashkernel=64M"\n}'],
  },
  {
    explanation: ["An expression shows its value. Where is the crash region? Give it a name."],
    type: ["crash region", "let base = start of crash region"],
  },
  {
    explanation: ["Two images for it: the old crash kernel, and the one that shall replace it."],
    type: [
      "image old : crash {\n  segment text at base size 64KiB fill 0xa1\n  entry base\n}",
      "image new : crash {\n  segment text at base + 2MiB size 64KiB fill 0xb2\n  entry base + 2MiB\n}",
    ],
  },
  {
    explanation: ["Load the old one. From here on a panic is survived."],
    type: ["load old", "expect loaded crash old"],
  },
  {
    explanation: ["Now the replacement. Look for the line that says `emptied`."],
    type: ["load new"],
  },
  {
    explanation: [
      "It worked: the new image is in its slot. But between `emptied` and `installed` there",
      "was none. Step back from the end, one event at a time, and look at the slots.",
    ],
    type: [":event slot-set back", ":image", ":step back", ":image"],
  },
  {
    explanation: [
      "Here, in the middle of the load, the crash slot is empty. You can type in the past: a",
      "second timeline opens beside the first. What if the kernel panics right here?",
    ],
    type: ['panic "in the window"', "expect power is rebooted"],
  },
  {
    explanation: ["The machine only reboots: nothing is saved. Lay both timelines side by side."],
    type: [":branches", ":diff"],
  },
  {
    explanation: [
      "Must one try every step by hand? No: this asks at each of them. The timeline forks after",
      "every event of the load, and the block runs on each fork.",
    ],
    type: [
      ":branch 0",
      "unload crash",
      "load old",
      "at every step of load new {\n  panic\n  expect power is not rebooted\n}",
    ],
  },
  {
    explanation: [
      "There is the window, from its first step to its last. `:why` tells who wrote a page,",
      "`:save story.kx` keeps all this as a script, `:open` lists more stories. That was it.",
    ],
    type: [":why base + 2MiB"],
  },
];
