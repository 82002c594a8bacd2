import type { z } from "zod";

import type { ConfigPieces } from "../daemon/configPieces.ts";

/** The programs that have a configuration file. */
export const PROGRAMS = ["operator", "challenger", "juror"] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** Of one program, loaded when it is asked for. */
export async function schemaOf(name: ProgramName): Promise<(pieces: ConfigPieces) => z.ZodType> {
  switch (name) {
    case "challenger":
      return (await import("../challenger/config.ts")).challengerSchema;
    case "juror":
      return (await import("../juror/config.ts")).jurorSchema;
    case "operator":
      return (await import("../operator/config.ts")).operatorSchema;
  }
}
