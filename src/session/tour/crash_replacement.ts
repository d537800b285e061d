/** Replacing a crash image under Xen is not safe: the question that kx began with. */
import type { TourStop } from "../mod.ts";

export const CRASH_REPLACEMENT: readonly TourStop[] = [
  {
    explanation: [
      "A server that runs Xen keeps a small kernel ready in memory: if Xen panics, it jumps",
      "there and saves what is left. One day that crash kernel is replaced by a newer one.",
      "Is there a moment at which a panic would find none? Let us build the machine.",
    ],
    type: ["machine host {\n  cpus 4\n  memory 0 .. 640KiB, 1MiB .. 3GiB, 4GiB .. 5GiB\n}"],
  },
  {
    explanation: [
      "Boot Xen on it, with a Linux dom0. `crashkernel=` sets memory aside, the crash region.",
      "Every line below is a step, something that happened: you can go back to its number.",
    ],
    type: [
      'boot xen 4.17 on host {\n  cmdline "crashkernel=64M@128M"\n  dom0 linux 6.1 { memory 512MiB }\n}',
      "crash region",
    ],
    pane: "world",
  },
  {
    explanation: [
      "Two images for that region, the old crash kernel and the one that shall replace it.",
      "They have not one page in common, as Xen's header asks of who replaces an image.",
    ],
    type: [
      "image old : crash {\n  segment text at 0x0810_0000 size 1MiB fill 0xa1\n  map lowmem at 0 size 1MiB\n  entry 0x0810_0000\n}",
      "image new : crash {\n  segment text at 0x08a0_0000 size 1MiB fill 0xb2\n  map lowmem at 0 size 1MiB\n  entry 0x08a0_0000\n}",
    ],
  },
  {
    explanation: [
      "Load the old one: from here on a panic is survived. Beside its segments it has helper",
      "pages, for the code and the page tables of the jump. Xen takes the first that are free.",
    ],
    type: ["load old", ":image crash"],
    pane: "images",
  },
  {
    explanation: [
      "Now the replacement. It succeeds, but read the hazards: Xen looks for free helper pages",
      "from the start of the region again, and there lie those of the image that is loaded.",
    ],
    type: ["load new"],
    pane: "hazards",
  },
  {
    explanation: [
      "Go back to before the load, from there to the first hazard, and one step on. The slot",
      "still names the old image, but the page with the code of its jump is now zeros.",
    ],
    type: [":next back", ":hazard", ":step", ":image", ":page 0x8000000"],
  },
  {
    explanation: [
      "You can type in the past: a second timeline opens beside the first. What if Xen panics",
      "right here? It jumps into zeros: the first death.",
    ],
    type: ['panic "the code is gone"', "expect power is rebooted"],
    pane: "transcript",
  },
  {
    explanation: [
      "Back on the first timeline, one hazard further: the root of the page tables is taken",
      "too. A panic does not even reach the code: the second death, with the walk that failed.",
    ],
    type: [
      ":branch 0",
      ":next back",
      ":hazard",
      ":hazard",
      ":step",
      'panic "the tables are gone"',
    ],
    pane: "transcript",
  },
  {
    explanation: [
      "Now to the end of the load: the step before the slot changes. All helper pages are",
      "whole again, but they are the new image's. Xen's own view: the position says old.",
    ],
    type: [":branch 0", ":event slot-set back", ":step back", ":world"],
  },
  {
    explanation: [
      "So a panic here jumps to the old image, through the tables of the new one. They do not",
      "map it: the third death, at the first instruction of a kernel that nobody touched.",
    ],
    type: ['panic "whose tables?"', ":walk 0x8100000"],
  },
  {
    explanation: [
      "Must one try every step by hand? No: this asks at each of them. The timeline forks",
      "after every event of the load, and the block runs on each fork.",
    ],
    type: [
      ":branch 0",
      ":next back",
      "at every step of load new {\n  panic\n  expect running old or running new\n}",
    ],
    pane: "hazards",
  },
  {
    explanation: [
      "There is the window, from its first step to its last. Is it better to unload the old",
      "image first? It is as long, but honest: who panics finds an empty slot and only reboots.",
    ],
    type: [
      ":branch 0",
      ":next back",
      "unload crash",
      'panic "nobody is there"',
      "show hazards",
    ],
    pane: "transcript",
  },
  {
    explanation: [
      "`:why` tells who wrote a page and whose it is, `:diff` compares two timelines, `:save",
      "story.kx` keeps all this as a script, `:open` lists more stories. That was it.",
    ],
    type: [":branches", ":branch 0", ":why 0x8000000"],
  },
];
