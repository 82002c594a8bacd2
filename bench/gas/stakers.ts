/**
 * Measures what a case costs among few and among many enrolled accounts: `npm run bench:stakers`. Every account stakes and
 * enrolls by a call of its own, in a block of its own, so that the history of total votes, which opening a case searches,
 * is as long as there are accounts. CREDENCE_STAKERS says how many are many, 5,000 otherwise; a run with 100,000 writes
 * bench/gas/stakers.json. Fails if opening grows faster than the search, or anything else at all.
 */
import { writeFile } from "node:fs/promises";

import Table from "cli-table3";
import { AbiCoder, getCreateAddress, keccak256, parseEther } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { network } from "hardhat";

import { Choice, CourtStage } from "./CourtStage.ts";

const REPORT = new URL("stakers.json", import.meta.url);
const FULL = 100_000;
const FEW = 100;
const MANY = Number(process.env.CREDENCE_STAKERS ?? 5_000);
const DAY = 86_400;
/** Of the first panel in the standard config, and how many must be taken for it to decide. */
const SEATS = 15n;
const QUORUM = 5;
/** So that the few are as many votes as the court counts at least. */
const STAKE = parseEther("1000");
/** What a checkpoint more on the way of a search costs: a cold word, its key's hash and the comparison. */
const STEP = 2_500;
/** Bytes of calldata that are zero on one chain and not on the other: 12 gas each. */
const NOISE = 120;

const FLAT = ["name the seed", "fix the seed", "commit", "reveal", "claim, winner", "claim, loser"] as const;
type Costs = Record<"open" | (typeof FLAT)[number], number>;

/** A case among this many accounts of equal stake, judged by those whom the seed draws. */
async function measure(stakers: number): Promise<Costs> {
  const connection = await network.create({ override: { initialDate: "2027-01-15T10:00:30Z" } });
  const { networkHelpers: helpers } = connection;
  const stage = await CourtStage.open(connection);
  const { court } = stage.protocol;
  const members = await enroll(connection, stage, stakers);
  await helpers.time.increase(7 * DAY + 1);

  // Another open case: DisputeManager and Court have credit.
  await stage.openCase(stage.caseOn(await stage.publish()));
  const opened = stage.caseOn(await stage.publish());
  const open = await stage.openCase(opened);
  await stage.nextPhase(opened);
  const nameSeed = await stage.nameSeed(opened);
  const fixSeed = await stage.fixSeed(opened);
  const { seed } = await court.roundOf(opened.caseId, 0);
  const drawn = members.filter((member) => isDrawn(seed, opened.caseId, member, BigInt(stakers) * STAKE));
  if (drawn.length < QUORUM)
    throw new Error(`only ${drawn.length} of ${stakers} were drawn, by bad luck: run it again`);
  const jurors = await Promise.all(drawn.map((member) => impersonate(connection, member)));

  const commits: number[] = [];
  const reveals: number[] = [];
  const claims: number[] = [];
  // The last one is wrong.
  const choiceOf = (i: number): number => (i + 1 < jurors.length ? Choice.AtFault : Choice.NotAtFault);
  for (const [i, juror] of jurors.entries()) {
    await stage.protocol.vault.connect(juror).optIn(court);
    commits.push(await stage.commit(opened, juror, choiceOf(i)));
  }
  await stage.nextPhase(opened);
  for (const [i, juror] of jurors.entries()) reveals.push(await stage.reveal(opened, juror, choiceOf(i)));
  await stage.nextPhase(opened);
  await stage.nextPhase(opened);
  await stage.settle(opened);
  for (const juror of jurors) claims.push(await stage.claim(opened, juror));
  return {
    open,
    "name the seed": nameSeed,
    "fix the seed": fixSeed,
    commit: Math.max(...commits),
    reveal: Math.max(...reveals),
    "claim, winner": Math.max(...claims.slice(0, -1)),
    "claim, loser": claims.at(-1)!,
  };
}

type Connection = Awaited<ReturnType<typeof network.create>>;

async function impersonate({ ethers, networkHelpers }: Connection, account: string): Promise<HardhatEthersSigner> {
  await networkHelpers.setBalance(account, parseEther("1"));
  return ethers.getImpersonatedSigner(account);
}

/** As contracts/court/Sortition.sol draws, for stakes that buy less than a seat. */
function isDrawn(seed: string, caseId: string, member: string, total: bigint): boolean {
  const drawing = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32", "uint256", "address"],
    [seed, caseId, 0, member],
  );
  return BigInt(keccak256(drawing)) % total < STAKE * SEATS;
}

/** Returns the addresses of accounts that have enrolled, each in its own second. */
async function enroll({ ethers, provider }: Connection, stage: CourtStage, stakers: number): Promise<string[]> {
  const { token, vault, deployer } = stage.protocol;
  const crowd = await ethers.deployContract("Crowd");
  await token.connect(deployer).transfer(crowd, STAKE * BigInt(stakers));
  const data = crowd.interface.encodeFunctionData("grow", [await token.getAddress(), await vault.getAddress(), STAKE]);
  const call = { from: deployer.address, to: await crowd.getAddress(), data, gas: "0x100000", gasPrice: "0x3b9aca00" };
  for (let i = 0; i < stakers; i++) await provider.request({ method: "eth_sendTransaction", params: [call] });
  return Array.from({ length: stakers }, (_, i) => getCreateAddress({ from: call.to, nonce: i + 1 }));
}

const few = await measure(FEW);
const many = await measure(MANY);
const steps = Math.ceil(Math.log2(MANY / FEW));
const allowed = (operation: keyof Costs): number => (operation === "open" ? steps * STEP : 0) + NOISE;

if (MANY === FULL) await writeFile(REPORT, `${JSON.stringify({ [FEW]: few, [MANY]: many }, null, 2)}\n`);
const table = new Table({
  head: ["operation", `${FEW} stakers`, `${MANY.toLocaleString("en")} stakers`, "more", "at most", ""],
  style: { head: [], border: [] },
});
for (const operation of ["open", ...FLAT] as const) {
  const more = many[operation] - few[operation];
  const grows = more > allowed(operation);
  if (grows) process.exitCode = 1;
  const numbers = [few[operation], many[operation], more, allowed(operation)];
  const cells = numbers.map((number) => ({ content: number.toLocaleString("en"), hAlign: "right" as const }));
  table.push([operation, ...cells, grows ? "GROWS" : ""]);
}
console.log(table.toString());
