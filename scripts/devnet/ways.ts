/** The ways in which the devnet's third operator can be dishonest. */

export const WAYS = [
  "wrong-output",
  "wrong-trace",
  "withheld-trace",
  "double-sign",
  "overpromise",
  "hidden-batch",
] as const;
export type Way = (typeof WAYS)[number];

/** What it does, and who is paid in the end. */
export const STORIES: Record<Way, { does: string; end: string }> = {
  "wrong-output": {
    does: "says another output than its own trace shows",
    end: "A challenger shows the last tensor in one transaction. The lock is taken: the coverage is the customer's, half of the penalty the challenger's, the rest is burned. Jail of 7 days.",
  },
  "wrong-trace": {
    does: "alters a number of the hidden layer and computes the rest from it, so that only one element of the trace is wrong",
    end: "A challenger runs the model again, finds the element and proves it in one transaction. Paid as above.",
  },
  "withheld-trace": {
    does: "answers wrongly, serves no trace and plays no game",
    end: "A challenger puts down 50 tokens and opens a game; 13 hours of the chain's time later the operator has lost by the clock. Paid as above, the bond comes back. Jail of 14 days.",
  },
  "double-sign": {
    does: "signs a second, different answer when a job is asked again",
    end: "The customer publishes the second receipt, a challenger reports both. The standing bond of 1,000 is taken: half is the reporter's, half is burned. It can never operate again; the lock of the second answer goes like any other lie's.",
  },
  overpromise: {
    does: "has little stake and hands out more promises than it can lock",
    end: "The batch finds no stake; customers anchor their receipts themselves and find them short; 13 hours later a challenger reports it. Twice what is missing is taken from the standing bond: half is the customer's, half is burned. Jail until the bond is restored.",
  },
  "hidden-batch": {
    does: "answers wrongly, anchors, and shows nobody what is in its batches",
    end: "Nothing in them ever becomes final. A customer that holds a receipt publishes it itself, and a challenger proves it wrong. Paid as wrong-output.",
  },
};
