import type { ReceiptId } from "../protocol/ids.ts";
import { receiptId as idOf, type Receipt } from "../protocol/receipts.ts";
import type { StakeKind } from "./budget.ts";
import type { Context } from "./context.ts";

/**
 * Whether a game or a case on this answer is among the transactions that were sent, and is not known to have failed or to
 * be lost: sending another would pay a second bond. One that is in a block counts, too: the journal has its stake once that
 * was followed, and if it has none, a reorganisation took the block, and the transaction is sent again.
 */
export function wasSent(
  { sent, contracts, deployment, domain }: Pick<Context, "sent" | "contracts" | "deployment" | "domain">,
  kind: StakeKind,
  receiptId: ReceiptId,
): boolean {
  const name = kind === "game" ? "openGame" : "open";
  return sent().some(({ to, data, state }) => {
    if (to.toLowerCase() !== deployment.disputes.toLowerCase()) return false;
    if (state !== "pending" && state !== "mined") return false;
    const call = contracts.disputes.interface.parseTransaction({ data });
    if (call?.name !== name) return false;
    const { receipt } = call.args.leaf as { receipt: { toObject(): Receipt } };
    return idOf(domain, receipt.toObject()) === receiptId;
  });
}
