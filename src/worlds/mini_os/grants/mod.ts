/** What Xen holds for the domain: grants and event channels. */
export {
  endAccess,
  endangered,
  type Grant,
  grantAccess,
  grantedAddress,
  type Grants,
  grantsOf,
  initGrants,
} from "./table.ts";
export {
  bindHandler,
  bindTimer,
  channelsOf,
  handlersOf,
  newChannel,
  unbindTimer,
  unmask,
} from "./channels.ts";
