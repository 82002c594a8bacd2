import { parseEther } from "ethers";
import { network } from "hardhat";
import { Choice, CourtStage } from "../bench/gas/CourtStage.ts";
const connection = await network.create({ override: { initialDate: "2027-01-15T10:00:30Z", accounts: { count: 40 } } });
const { time } = connection.networkHelpers;
const stage = await CourtStage.open(connection);
const jurors = stage.others.slice(0, 15);
const { token, vault, court, deployer } = stage.protocol;
for (const j of jurors) { await token.connect(deployer).transfer(j, parseEther("20000")); await token.connect(j).approve(vault, parseEther("20000")); await vault.connect(j).stakeAndEnroll(parseEther("20000")); await vault.connect(j).optIn(court); }
await time.increase(7*86400+1);
const p = connection.provider;
async function trace(label: string) {
  const b: any = await p.request({ method: "eth_getBlockByNumber", params: ["latest", false] });
  const t: any = await p.request({ method: "debug_traceTransaction", params: [b.transactions.at(-1)] });
  const byDepth: Record<string, number> = {}; const byOp: Record<string, number> = {}; const cnt: Record<string, number> = {};
  for (const s of t.structLogs) { const k = `d${s.depth}`; if (s.op.includes("CALL")) continue; const big = ["SLOAD","SSTORE","KECCAK256","LOG1","LOG2","LOG3","LOG4"].includes(s.op); const key = `${k} ${big ? s.op : "code"}`; byOp[key] = (byOp[key] ?? 0) + s.gasCost; cnt[key] = (cnt[key] ?? 0) + 1; }
  console.log(label, t.gas, Object.entries(byOp).map(([k, v]) => `${k}: ${v} (${cnt[k]})`).join(" | "));
}
const opened = stage.caseOn(await stage.publish());
await stage.openCase(opened); await trace("open");
await stage.nextPhase(opened); await stage.nameSeed(opened); await trace("name"); await stage.fixSeed(opened); await trace("fix");
for (const j of jurors) await stage.commit(opened, j, Choice.AtFault);
await trace("commit");
await stage.nextPhase(opened);
for (const j of jurors) await stage.reveal(opened, j, Choice.AtFault);
await stage.nextPhase(opened); await stage.nextPhase(opened);
await stage.settle(opened);
await stage.claim(opened, jurors[0]!); await trace("claim");
