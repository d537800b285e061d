/** What a session wants of the world outside. The store does it and reports back by an action. */
import type { JournalEntry } from "./host.ts";
import type { Cursor } from "./session.ts";

export type Effect =
  /** Parse, check and run on the branch and place of the cursor at that time. */
  | { readonly kind: "run"; readonly text: string }
  /** Replace everything by a script. `keep`: go back to the same place, and type again what was typed. */
  | { readonly kind: "load"; readonly path: string; readonly shown: string; readonly keep: boolean }
  /** `replace`: also a file that is none of the session's. */
  | {
    readonly kind: "save";
    readonly path: string;
    readonly text: string;
    readonly replace: boolean;
    /** Said once it is saved. */
    readonly remarks: readonly string[];
  }
  | { readonly kind: "list-examples" }
  | { readonly kind: "open-example"; readonly name: string }
  /** Names of files, to complete what is typed; `beside` the script, where statements look for them. */
  | { readonly kind: "list-files"; readonly folder: string; readonly beside: boolean }
  | { readonly kind: "remember"; readonly line: string }
  | { readonly kind: "journal"; readonly entry: JournalEntry }
  | { readonly kind: "recover" }
  /** `wanted`: it was taken back, and is not thrown away. */
  | { readonly kind: "discard-journal"; readonly wanted: boolean }
  /** Typed once everything before it is done; at `cursor` if that is given. */
  | { readonly kind: "type"; readonly text: string; readonly cursor?: Cursor }
  /** A `:` line that was typed while something ran. */
  | { readonly kind: "answer"; readonly text: string }
  | { readonly kind: "explain-tour" };
