import { z } from "zod";

import type { Frozen } from "../daemon/config.ts";
import type { ConfigPieces } from "../daemon/configPieces.ts";

/** Hours before a deadline at which a person is reminded, unless the file says otherwise. */
const REMINDER_HOURS = [24, 6, 1];

/** What the juror program's configuration file holds. */
export function jurorSchema(pieces: ConfigPieces): JurorSchema {
  return schemaOf(pieces);
}

type JurorSchema = ReturnType<typeof schemaOf>;

function schemaOf({ address, chain, coin, key, log, metrics, path, tokens, url }: ConfigPieces) {
  return z.strictObject({
    chain,
    keys: z.strictObject({
      /** Of the account itself or its voting key: signs ballots and sends transactions. */
      sender: key,
    }),
    /** Whose ballots they are; the key's own account unless given. */
    account: address.optional(),
    journal: path,
    seeds: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** For naming and fixing seeds, in a day of the chain's time. */
        gasPerDay: coin.default(10n ** 16n),
        /** Longest wait, by chance, so that not all jurors send the same transaction. */
        jitterSeconds: z.number().nonnegative().default(30),
      })
      .prefault({}),
    reminders: z
      .strictObject({
        hours: z.array(z.number().positive()).default(REMINDER_HOURS),
        /** Gets every reminder as a JSON object. */
        webhook: url.optional(),
        webhookSeconds: z.number().positive().default(10),
      })
      .prefault({}),
    collect: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** Credit is claimed from this amount on. */
        minCredit: tokens.default("1"),
      })
      .prefault({}),
    log,
    metrics,
  });
}

/** What `jurorSchema` reads. */
export type JurorConfig = Frozen<z.output<JurorSchema>>;
