/** What the panes show: address, zoom, scroll. The cursor of time stays where it is. */
import type { Pane, Session } from "./session.ts";

/** No physical address lies above. */
const ADDRESS_LIMIT = 2 ** 52;

/** A map of 2^52 bytes drawn down to a page. */
const DEEPEST_ZOOM = 40;

export function look(session: Session, address: number, pane?: Pane): Session {
  const inside = Number.isFinite(address)
    ? Math.max(0, Math.min(ADDRESS_LIMIT - 1, Math.floor(address)))
    : session.view.address;
  const { page: _, ...scroll } = session.view.scroll;
  const view = { ...session.view, address: inside, scroll };
  return { ...session, view: pane === undefined ? view : { ...view, pane } };
}

export function zoom(session: Session, by: number): Session {
  const { view } = session;
  const wanted = Math.max(0, Math.min(DEEPEST_ZOOM, view.zoom + Math.trunc(by)));
  return wanted === view.zoom ? session : { ...session, view: { ...view, zoom: wanted } };
}

/** The pane itself knows how long it is and stops at its end. */
export function scroll(session: Session, pane: Pane, by: number): Session {
  return scrollTo(session, pane, (session.view.scroll[pane] ?? 0) + by);
}

export function scrollTo(session: Session, pane: Pane, line: number): Session {
  const { view } = session;
  const wanted = Math.max(0, Math.trunc(line) || 0);
  if (wanted === (view.scroll[pane] ?? 0)) return session;
  return { ...session, view: { ...view, scroll: { ...view.scroll, [pane]: wanted } } };
}
