import { expect } from "chai";
import { Wallet, ZeroHash, concat, dataSlice, id, keccak256, toBeHex, type Signer } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";

import {
  BALLOT,
  BALLOT_SALT,
  BallotNotRecoveredError,
  EmptySaltError,
  NoteUnreadableError,
  SignerNotDeterministicError,
  ballotSecret,
  commitHash,
  type BallotPlace,
} from "../../../src/protocol/ballots.ts";
import { Choice } from "../../../src/protocol/court.ts";
import { credenceDomain } from "../../../src/protocol/typedData.ts";
import { address, bytes } from "../../setup/arbitraries.ts";
import { deployProtocol } from "../../setup/fixture.ts";
import { refusalOf } from "../../setup/refusal.ts";

const connection = await network.create();
const { networkHelpers } = connection;

const wallet = new Wallet(id("a wallet"));
const PLACE: BallotPlace = {
  chainId: 1n,
  court: "0x1111222233334444555566667777888899990000",
  caseId: id("case"),
  round: 1,
  voter: wallet.address,
};
/** Each differs from `PLACE` in one thing. */
const ELSEWHERE: BallotPlace[] = [
  { ...PLACE, chainId: 2n },
  { ...PLACE, court: wallet.address },
  { ...PLACE, caseId: id("other case") },
  { ...PLACE, round: 2 },
  { ...PLACE, voter: PLACE.court },
];
const CHOICES = [Choice.AtFault, Choice.NotAtFault, Choice.CannotDecide] as const;

/** A wallet whose typed-data signatures are these, in turn. */
function walletSigning(...signatures: string[]): Signer {
  let calls = 0;
  return {
    getAddress: async () => wallet.address,
    signTypedData: async () => signatures[calls++ % signatures.length]!,
  } as unknown as Signer;
}

describe("protocol/ballots", function () {
  it("hashes a commit as the court does", async function () {
    const { court } = await networkHelpers.loadFixture(deployProtocol);
    const { chainId } = await connection.ethers.provider.getNetwork();
    const place = { chainId, court: await court.getAddress() };
    const ballot = fc.record({
      caseId: bytes(32),
      round: fc.integer({ min: 0, max: 2 }),
      voter: address,
      choice: fc.constantFrom(...CHOICES),
      salt: bytes(32),
    });
    await fc.assert(
      fc.asyncProperty(ballot, async ({ caseId, round, voter, choice, salt }) => {
        const expected = await court.commitHashOf(caseId, round, voter, choice, salt);
        expect(commitHash({ ...place, caseId, round, voter, choice, salt })).to.equal(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("makes the secret from the wallet's signature alone, the same each time and another one for every ballot", async function () {
    const { salt } = await ballotSecret(wallet, PLACE);
    const { fields } = credenceDomain(PLACE.chainId, PLACE.court);
    const message = { caseId: PLACE.caseId, round: PLACE.round, voter: PLACE.voter };
    expect(salt).to.equal(keccak256(await wallet.signTypedData(fields, BALLOT_SALT.types, message)));
    expect((await ballotSecret(new Wallet(wallet.privateKey), PLACE)).salt).to.equal(salt);
    const others = await Promise.all(ELSEWHERE.map((place) => ballotSecret(wallet, place)));
    const foreign = await ballotSecret(Wallet.createRandom(), PLACE);
    const salts = [salt, foreign.salt, ...others.map((other) => other.salt)];
    expect(new Set(salts).size).to.equal(ELSEWHERE.length + 2);
  });

  it("takes the two encodings of one signature for one", async function () {
    const { fields } = credenceDomain(PLACE.chainId, PLACE.court);
    const signature = await wallet.signTypedData(fields, BALLOT_SALT.types, PLACE);
    const v = Number(dataSlice(signature, 64));
    const low = concat([dataSlice(signature, 0, 64), toBeHex(v - 27, 1)]);
    expect((await ballotSecret(walletSigning(signature, low), PLACE)).salt).to.equal(keccak256(signature));
  });

  it("recovers the choice from the commit hash, with the wallet that committed alone", async function () {
    const secret = await ballotSecret(wallet, PLACE);
    const otherDevice = await ballotSecret(new Wallet(wallet.privateKey), PLACE);
    for (const choice of CHOICES) expect(otherDevice.recoverChoice(secret.commitHash(choice))).to.equal(choice);
    const foreign = await ballotSecret(Wallet.createRandom(), PLACE);
    const committed = secret.commitHash(Choice.AtFault);
    expect(() => foreign.recoverChoice(committed)).to.throw(BallotNotRecoveredError, committed);
  });

  it("refuses a wallet whose signatures differ, and a signature or salt that everybody knows", async function () {
    const [one, other] = [id("one"), id("other")].map((word) => concat([word, word, "0x1b"]));
    const fickle = await refusalOf(ballotSecret(walletSigning(one!, other!), PLACE), SignerNotDeterministicError);
    expect(fickle.code).to.equal("SIGNER_NOT_DETERMINISTIC");
    expect(fickle.message).to.include(wallet.address).and.to.include("setVotingKey");
    const empty = await refusalOf(ballotSecret(walletSigning("0x"), PLACE), EmptySaltError);
    expect(empty.code).to.equal("SALT_EMPTY");
    expect(empty.message).to.include("0 bytes");
    const zero = { ...PLACE, choice: Choice.AtFault, salt: ZeroHash };
    expect(() => commitHash(zero)).to.throw(EmptySaltError, "the salt is zero");
  });

  it("keeps a note that the wallet reads on any device, and nobody else, nor in another place", async function () {
    const secret = await ballotSecret(wallet, PLACE);
    const otherDevice = await ballotSecret(new Wallet(wallet.privateKey), PLACE);
    for (const choice of CHOICES) {
      const note = await secret.sealNote(choice);
      expect(note).not.to.equal(await secret.sealNote(choice)); // or equal notes would show equal choices
      expect(await otherDevice.openNote(note)).to.equal(choice);
    }
    const note = await secret.sealNote(Choice.NotAtFault);
    const others = [Wallet.createRandom(), ...ELSEWHERE.map(() => wallet)];
    const places = [PLACE, ...ELSEWHERE];
    for (const [i, place] of places.entries()) {
      const other = await ballotSecret(others[i]!, place);
      expect((await refusalOf(other.openNote(note), NoteUnreadableError)).code).to.equal("NOTE_UNREADABLE");
    }
    const last = Number(dataSlice(note, 28));
    const damaged = concat([dataSlice(note, 0, 28), toBeHex(last ^ 1, 1)]);
    await refusalOf(secret.openNote(damaged), NoteUnreadableError);
    const short = await refusalOf(secret.openNote("0x01"), NoteUnreadableError);
    expect(short.message).to.include("1 bytes, expected 29");
  });

  it("signs the struct that the court checks", function () {
    const type = "Ballot(bytes32 caseId,uint256 round,address voter,bytes32 commitHash,bytes cipher,uint40 signedAt)";
    const [name, fields] = Object.entries(BALLOT.types)[0]!;
    expect(`${name}(${fields.map((field) => `${field.type} ${field.name}`).join(",")})`).to.equal(type);
  });
});
