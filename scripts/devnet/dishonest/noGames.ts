/** In the place of src/operator/playing.ts: lets every clock run out. */
import type * as honest from "../../../src/operator/playing.ts";

export const playGames: typeof honest.playGames = () => undefined;
