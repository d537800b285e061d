/** kx with a mistake in it: two seconds after the start something throws where nobody catches it. */
setTimeout(() => {
  throw new Error("made for a test");
}, 2000);
await import("../../src/main.ts");
