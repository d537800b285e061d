/**
 * The page of the final stage: code, sixteen actions, a stack of eight words, copied there in one
 * piece. What is executed later is what is in the page by then. [minios:do_kexec]
 *
 * Simplified: where in the page each of them lies depends on the build; kx puts the actions at 0x200.
 * The code is not Mini-OS's own, it only stands for it.
 */
import { splitmix64 } from "../../../machine/mod.ts";
import { type Action, MAX_ACTIONS } from "../elf/mod.ts";

export const CODE_SIZE = 0x200;
/** Bytes of one action: what it is, length, destination, source. */
export const ACTION_SIZE = 24;
const ACTIONS_AT = CODE_SIZE;
const STACK_WORDS = 8;

export const FINAL_SIZE = ACTIONS_AT + MAX_ACTIONS * ACTION_SIZE + STACK_WORDS * 8;
/** The stack pointer's first value, from the start of the page. */
export const STACK_TOP = FINAL_SIZE;

const KINDS = ["COPY", "ZERO", "CALL"] as const;

/** An action as the final stage reads it. */
export interface RawAction {
  /** Undefined: a number that means nothing; the loop goes on with the next. */
  readonly kind: (typeof KINDS)[number] | undefined;
  readonly length: number;
  readonly dest: bigint;
  readonly src: bigint;
}

/** `bufferVaddr` is where the file lies whose offsets are sources. */
export function finalPage(actions: readonly Action[], bufferVaddr: bigint): Uint8Array {
  const bytes = new Uint8Array(FINAL_SIZE);
  bytes.set(finalCode());
  const view = new DataView(bytes.buffer);
  for (const [i, action] of actions.entries()) {
    const at = ACTIONS_AT + i * ACTION_SIZE;
    view.setUint32(at, KINDS.indexOf(action.kind), true);
    view.setUint32(at + 4, action.length, true);
    view.setBigUint64(at + 8, action.dest, true);
    view.setBigUint64(at + 16, sourceAddress(action, bufferVaddr), true);
  }
  return bytes;
}

export function sourceAddress({ source }: Action, bufferVaddr: bigint): bigint {
  return source.in === "memory" ? source.at : BigInt.asUintN(64, bufferVaddr + source.offset);
}

/** What stands for the code. */
export function finalCode(): Uint8Array {
  const words = Array.from({ length: CODE_SIZE / 8 }, (_, i) => splitmix64(BigInt(i) + FINAL_SEED));
  return new Uint8Array(new BigUint64Array(words).buffer);
}

const FINAL_SEED = 0x6b_6578_6563n;

/** From the start of the page. */
export function actionOffset(index: number): number {
  return ACTIONS_AT + index * ACTION_SIZE;
}

export function readAction(bytes: Uint8Array): RawAction {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    kind: KINDS[view.getUint32(0, true)],
    length: view.getUint32(4, true),
    dest: view.getBigUint64(8, true),
    src: view.getBigUint64(16, true),
  };
}
