/** In the place of src/operator/routes/batches.ts: there is no such page. */
import type * as honest from "../../../src/operator/routes/batches.ts";

export const batchRoutes: typeof honest.batchRoutes = () => undefined;
