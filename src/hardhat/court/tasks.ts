import type { TaskDefinition } from "hardhat/types/tasks";

import { level, reading, sending } from "../declare.ts";
import { RULING_WORDS } from "../rulingWords.ts";

const CASE = "Id of the case";
const VOTER = "Whose votes count, if the account that sends is its voting key. Default: the account that sends";

export const courtTasks: readonly TaskDefinition[] = [
  level(["court"], "Court: what jurors do in cases"),
  reading(
    {
      id: ["court", "duty"],
      description: "What an account should do in cases now, the most urgent first",
      positional: { account: "Address of the account" },
    },
    async () => (await import("./duty.ts")).duty,
  ),
  sending(
    {
      id: ["court", "commit"],
      description: "Vote in the current round of a case, or change the vote; nobody sees it before it is revealed",
      positional: { case: CASE, choice: RULING_WORDS },
      options: { voter: VOTER },
    },
    async () => (await import("./commit.ts")).commit,
  ),
  sending(
    {
      id: ["court", "reveal"],
      description: "Open the ballot of the current round, with the account that committed it",
      positional: { case: CASE },
      options: { voter: VOTER },
    },
    async () => (await import("./reveal.ts")).reveal,
  ),
  sending(
    {
      id: ["court", "appeal"],
      description: "Add to the appeal that asks for a ruling; at most what is missing is taken",
      positional: { case: CASE, asked: RULING_WORDS, amount: "In whole tokens" },
    },
    async () => (await import("./appeal.ts")).appeal,
  ),
  sending(
    {
      id: ["court", "claim"],
      description: "Settle a ballot of a case that is final or ended",
      positional: { case: CASE, round: "Of the case, from 1" },
      options: { voter: "Whose ballot it is. Default: the account that sends" },
    },
    async () => (await import("./claimBallotOf.ts")).claimBallotOf,
  ),
  sending(
    {
      id: ["court", "seed"],
      description: "Fix the seed of a panel, or ask for it if nobody has yet, by anybody",
      positional: { case: CASE },
    },
    async () => (await import("./seed.ts")).seed,
  ),
];
