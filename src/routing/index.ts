/**
 * Floor 3: where a call goes. Numbers (E.164) as a site dials them, the dial plan with its patterns, classes of
 * restriction, and trunks with order, weight and health. `Router.route` is pure but for the trunks' health and chance.
 */
export { DialPlan, type OutsideNumber } from './dial-plan.js';
export { type DigitsState, digitsState } from './dialled-digits.js';
export { type DialledNumber, type NumberCategory, type NumberFormat, NumberingPlan } from './numbering-plan.js';
export type { CallOrigin, RoutedUser, RoutePlan, RouteRequest, RouteStep, UserLookup } from './route-plan.js';
export { Router, type RouterOptions } from './router.js';
export { type LineTrunkState, type TrunkFailure, type TrunkStatus, trunkHealthTable } from './trunk-health.js';
export { TrunkPool, type TrunkPoolOptions, type TrunkPurpose } from './trunk-pool.js';
