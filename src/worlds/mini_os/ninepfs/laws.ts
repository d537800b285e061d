/** What must hold of 9pfs over the module: told when it starts, cold or warm, and when asked. */
import type { Decision, Machine } from "../../../machine/mod.ts";
import { has, PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { channelsOf, endangered, grantsOf } from "../grants/mod.ts";
import { type Broken, moduleOf } from "../module/mod.ts";
import { type Run, tell } from "../steps.ts";
import { type Backend, backendOf, type Frontend, frontendOf } from "./state.ts";

const CITE = "minios:struct kexec_9pfs_rec";

/** Laws that the backend's mappings, the frontend and the module break between them. */
export function ninepfsFaults(machine: Machine): Broken[] {
  const backend = backendOf(machine);
  if (backend === undefined) return [];
  const frontend = frontendOf(machine);
  return [
    ...grantLaws(machine, backend),
    ...(frontend === undefined || frontend.record === -1
      ? []
      : pageLaws(machine, backend, frontend)),
  ];
}

/** Whether every grant that the backend mapped is live, for it, and of the same frame. */
export function grantsUnchanged(machine: Machine): boolean {
  const backend = backendOf(machine);
  return backend !== undefined && [...grantLaws(machine, backend)].length === 0;
}

function* grantLaws(machine: Machine, backend: Backend): Generator<Broken> {
  const grants = grantsOf(machine);
  const mapped = [
    [backend.sharedRef, backend.shared],
    ...backend.references.map((reference, i) => [reference, backend.frames[i]!]),
  ] as [number, number][];
  for (const [reference, frame] of mapped) {
    const grant = grants.get(reference);
    if (grant?.frame === frame && grant.domain === backend.domain) continue;
    yield {
      code: "grant-changed",
      message: `grant ${reference} was of ${
        hex(frame * PAGE_SIZE)
      } when the backend mapped it and is ${
        grant === undefined ? "unused" : `of ${hex(grant.frame * PAGE_SIZE)}`
      } now`,
    };
  }
  const unused = endangered(machine);
  const mine = mapped.find(([reference]) => unused.includes(reference));
  if (mine !== undefined) {
    yield {
      code: "live-grant-unused",
      message: `grant ${mine[0]} is live and on the list of unused references`,
    };
  }
  if (!channelsOf(machine).has(backend.port)) {
    yield { code: "event-channel-lost", message: `port ${backend.port} is bound to nobody` };
  }
}

function* pageLaws(machine: Machine, backend: Backend, frontend: Frontend): Generator<Broken> {
  const module = moduleOf(machine);
  if (module === undefined) return;
  const reached = [backend.shared, ...backend.frames].map((frame) => frame * PAGE_SIZE);
  for (const at of reached) {
    const inside = has(module.range, at) && at < module.pointers.admin;
    const owner = inside ? module.owners[(at - module.range.start) / PAGE_SIZE] : undefined;
    if (owner === frontend.record) continue;
    yield {
      code: "granted-page-not-kept",
      message: `the granted page ${hex(at)} is ${
        inside ? `record ${owner}'s` : "no page of the module"
      }`,
    };
  }
  const stray = module.owners.findIndex((owner, i) =>
    owner === frontend.record && !reached.includes(module.range.start + i * PAGE_SIZE)
  );
  if (stray !== -1) {
    yield {
      code: "record-page-unreachable",
      message:
        `page ${stray} belongs to record ${frontend.record}, and nothing of the record leads there`,
    };
  }
  const own = backend.frames.indexOf(backend.shared);
  if (own !== -1) {
    yield {
      code: "shared-page-in-ring",
      message: `ring page ${own} is the shared page ${
        hex(backend.shared * PAGE_SIZE)
      } itself: bytes of the ring overwrite its indices`,
    };
  }
  const apart = backend.frames.findIndex((frame, i) => frame !== frontend.rings / PAGE_SIZE + i);
  if (apart !== -1) {
    yield {
      code: "ring-not-contiguous",
      message: `ring page ${apart} is ${
        hex(backend.frames[apart]! * PAGE_SIZE)
      }: the frontend takes the pages to follow each other from ${hex(frontend.rings)}`,
    };
  }
}

export function* tellNinepfsFaults(run: Run): Decision<void> {
  for (const { code, message } of ninepfsFaults(run.machine)) {
    yield* tell(run, code, message, CITE, `${code}:${message}`);
  }
}
