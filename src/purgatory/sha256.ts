/**
 * SHA-256 of the platform, a function of bytes and nothing else. It is asked for only when bytes are
 * really hashed: to load it costs more than most scripts do.
 */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

interface Crypto {
  createHash(name: "sha256"): { update(bytes: Uint8Array): void; digest(): Uint8Array };
}

declare const process: { getBuiltinModule(name: "node:crypto"): Crypto };

let loaded: Crypto | undefined;

export function sha256(): Sha256 {
  loaded ??= process.getBuiltinModule("node:crypto");
  return loaded.createHash("sha256");
}

export function hexOf(digest: Uint8Array): string {
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
