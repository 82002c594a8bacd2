import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";

const AMOUNT = "In whole tokens, such as 1000 or 0.5";

export const stakeTasks: readonly TaskDefinition[] = [
  level(["stake"], "Stake: what stands behind answers, and votes"),
  sending(
    {
      id: ["stake", "deposit"],
      description: "Add to the account's stake; approves the amount if needed",
      positional: { amount: AMOUNT },
    },
    async () => (await import("./deposit.ts")).deposit,
  ),
  sending(
    {
      id: ["stake", "unstake"],
      description: "Begin to take stake out: it can be withdrawn after the unbonding period",
      positional: { amount: AMOUNT },
    },
    async () => (await import("./begin.ts")).begin,
  ),
  sending(
    { id: ["stake", "withdraw"], description: "Withdraw what was unstaked an unbonding period ago and is not locked" },
    async () => (await import("./takeOut.ts")).takeOut,
  ),
  sending(
    {
      id: ["stake", "claim"],
      description: "Pay an account what is credited to it: coverage of wrong answers, shares, fees",
      optional: { account: "Whose credit is paid out, to itself. Default: the account that sends" },
    },
    async () => (await import("./claimCredit.ts")).claimCredit,
  ),
  sending(
    { id: ["stake", "opt-in"], description: "Allow what operators answer to to lock stake of the account" },
    async () => (await import("./allow.ts")).allow,
  ),
  sending(
    {
      id: ["stake", "opt-out"],
      description: "Take that back, a day from now; locks in place stay until they run out",
      positional: { module: "operators, attestations or court" },
    },
    async () => (await import("./disallow.ts")).disallow,
  ),
  sending(
    { id: ["stake", "enroll"], description: "Let the account's stake carry votes, and the court lock stake of jurors" },
    async () => (await import("./join.ts")).join,
  ),
  sending(
    { id: ["stake", "unenroll"], description: "Let the account's stake carry votes no more" },
    async () => (await import("./leave.ts")).leave,
  ),
  sending(
    {
      id: ["stake", "voting-key"],
      description: "Name a key that may commit ballots for the account, and nothing else",
      positional: { key: 'Address of the key, or "none"' },
    },
    async () => (await import("./votingKey.ts")).votingKey,
  ),
  reading(
    {
      id: ["stake", "show"],
      description: "Show stake, locks, credit and votes of an account",
      positional: { account: "Address of the account" },
    },
    async () => (await import("./show.ts")).show,
  ),
];
