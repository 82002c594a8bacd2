import type { ReceiptId } from "../protocol/ids.ts";
import { receiptId as idOf, type Receipt } from "../protocol/receipts.ts";
import type { StakeKind } from "./budget.ts";
import type { Context } from "./context.ts";

/**
 * Whether a game or a case on this answer is among the transactions that were sent, and is not known to have failed or to
 * be followed: sending another would pay a second bond.
 */
export function wasSent(
  { sent, contracts, deployment, domain, head }: Pick<Context, "sent" | "contracts" | "deployment" | "domain" | "head">,
  kind: StakeKind,
  receiptId: ReceiptId,
): boolean {
  const name = kind === "game" ? "openGame" : "open";
  return sent().some(({ to, data, state, minedIn }) => {
    if (to.toLowerCase() !== deployment.disputes.toLowerCase()) return false;
    const isUnknown = state === "pending" || (state === "mined" && minedIn!.blockNumber > head().number);
    if (!isUnknown) return false;
    const call = contracts.disputes.interface.parseTransaction({ data });
    if (call?.name !== name) return false;
    const { receipt } = call.args.leaf as { receipt: { toObject(): Receipt } };
    return idOf(domain, receipt.toObject()) === receiptId;
  });
}
