/** In the place of src/operator/routes/traces.ts: there is no such page. */
import type * as honest from "../../../src/operator/routes/traces.ts";

export const traceRoutes: typeof honest.traceRoutes = () => undefined;
