import { LockState } from "../protocol/answers.ts";
import { GamePhase } from "../protocol/games.ts";
import type { DutyContext, DutyView } from "./duty.ts";

/** Dropped in one step, so that nothing else waits long for the journal. */
const AT_ONCE = 500;

/**
 * Drops traces that nobody can ask for any more. A trace is kept as long as
 * - its receipt can be anchored (`anchorBy`) or published (the lock of its batch),
 * - its answer can be contested (`finalAt`), or a case or game holds it,
 * - a game on it is open,
 * and `keepTraceSeconds` longer, so that no reorg brings back what is gone. Receipts, requests and outputs stay: they are
 * why nothing is signed twice.
 */
export function dropTraces({ answers, chain, settings, metrics, log }: DutyContext, { safeTime }: DutyView): void {
  const until = safeTime - settings.keepTraceSeconds;
  const { changes } = answers.transaction(() =>
    chain
      .prepare(
        `UPDATE answers SET trace = NULL WHERE receipt_id IN (
           SELECT receipt_id FROM answers a LEFT JOIN answer_states s USING (receipt_id)
           WHERE a.trace IS NOT NULL AND a.anchor_by <= :until
           AND NOT EXISTS (SELECT 1 FROM batches WHERE root = a.batch_root AND lock_end > :until)
           AND (s.state IS NULL OR s.state = ${LockState.Seized}
             OR (s.state = ${LockState.InBucket} AND s.final_at <= :until))
           AND NOT EXISTS (SELECT 1 FROM games g WHERE g.receipt_id = a.receipt_id AND g.phase <> ${GamePhase.Over}
             AND s.state <> ${LockState.Seized})
           ORDER BY a.anchor_by LIMIT ${AT_ONCE})`,
      )
      .run({ until }),
  );
  if (changes === 0) return;
  metrics.tracesDropped.inc(Number(changes));
  log.debug({ dropped: Number(changes) }, "traces dropped");
}
