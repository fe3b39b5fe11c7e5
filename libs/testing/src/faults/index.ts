export { crash, crashAll } from './crash.js';
export { removeFromGroups } from './group-membership.js';
export { TcpProxy, type Trap } from './tcp-proxy.js';
