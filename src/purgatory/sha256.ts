/**
 * SHA-256 of the platform. It is asked for only when bytes are really hashed: to load it costs more
 * than most scripts do.
 */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

interface Crypto {
  createHash(name: "sha256"): { update(bytes: Uint8Array): void; digest(): Uint8Array };
}

interface Platform {
  getBuiltinModule(name: "node:crypto"): Crypto;
}

let loaded: Crypto | undefined;

export function sha256(): Sha256 {
  loaded ??= (globalThis as unknown as { process: Platform }).process
    .getBuiltinModule("node:crypto");
  return loaded.createHash("sha256");
}

export function hexOf(digest: Uint8Array): string {
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
