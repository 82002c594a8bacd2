// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Ruling } from "../types/Ruling.sol";

/// @title ICourt
/// @notice Token holders decide: a commit-reveal vote over checkpointed stake. A case has up to three rounds, panels
/// that select themselves by chance first, everybody enrolled last. Phases are functions of stored times and the clock,
/// half-open; a ruling is final when the time to appeal is over, without any call.
///
/// Votes of an account are what the vault knows of `openedAt - MATURITY`, in every round. The id of a case is the id of
/// the receipt that it is about: one case for each answer, ever. Amounts are stake token, times seconds.
interface ICourt {
    /* TYPES */

    /// @notice Where a case stands. `Ended`: something else than the court settled it.
    enum Phase {
        None,
        Evidence,
        Seeding,
        Commit,
        Reveal,
        Appeal,
        Final,
        Ended
    }

    /// @notice A ballot's choice; zero is none.
    enum Choice {
        None,
        AtFault,
        NotAtFault,
        CannotDecide
    }

    /// @notice What one round is like: one word.
    struct RoundTerms {
        uint16 seats; // expected seats of the panel; 0: everybody enrolled votes
        uint24 seeding; // seconds at most; 0 if everybody votes
        uint24 commit; // seconds
        uint24 reveal; // seconds
        uint24 appeal; // seconds; 0 in the last round
        uint80 fee; // for the jurors of the round together
        uint8 seatRiskFees; // what a seat locks, in fees of a seat; 0 if everybody votes
        uint16 voteRiskBps; // what a full vote locks, of the votes; 0 for a panel
    }

    /// @notice What a case is like. Configs are appended and never change; a model names one.
    struct Config {
        uint24 evidence; // seconds
        RoundTerms[] rounds; // 1 to 3
    }

    /// @notice A case, now.
    struct CaseView {
        Phase phase;
        uint256 deadline; // when the phase ends; 0 if it does not
        uint256 round; // the current one, from 0
        uint256 openedAt;
        uint256 total; // votes in all at the snapshot, at least the floor
        uint16 config;
    }

    /// @notice A round's count. Weights are seats, or parts of 2^31 of the total in a full vote.
    struct RoundView {
        bytes32 seed; // 0: not fixed
        uint48 ticket; // 0: not named
        uint256 startedAt; // 0 for the first
        uint256 seededAt; // 0: not fixed
        uint256 committed;
        uint256 atFault;
        uint256 notAtFault;
        uint256 cannotDecide;
    }

    /// @notice What a voter signs for somebody else to send.
    struct SignedCommit {
        bytes32 caseId;
        address voter;
        bytes32 commitHash;
        bytes cipher;
        uint40 signedAt; // seconds, not in the future, later than the last commit's: an older one cannot be restored
    }

    /// @notice One account's ballot in one round; empty once it is settled.
    struct Ballot {
        uint32 weight;
        uint96 risk; // locked in the vault
        uint40 signedAt; // of the last commit, seconds
        Choice choice; // None until revealed
    }

    /* ERRORS */

    /// @notice The case is in another phase; `deadline` is when that one ends (0: it does not).
    error CaseInPhase(bytes32 caseId, Phase actual, Phase expected, uint256 clock, uint256 deadline);
    /// @notice There is a case of that id.
    error CaseKnown(bytes32 caseId);
    /// @notice No round of the case has decided yet.
    error NoRulingYet(bytes32 caseId, Phase actual, uint256 deadline);
    /// @notice Neither the voter nor its voting key.
    error NotVoter(address actual, address voter);
    /// @notice The account has no seat: `votes` of `total` at the snapshot drew none of `expected` seats.
    error NoSeats(address voter, uint256 votes, uint256 total, uint256 expected);
    /// @notice The panel has no seed, so nobody has a seat: none was fixed before the seeding limit.
    error NotSeeded(bytes32 caseId, uint256 round);
    /// @notice The commit hash is zero.
    error CommitEmpty();
    /// @notice A signed commit counts if signed after the last one and not in the future.
    error CommitOutdated(uint256 signedAt, uint256 lastSignedAt, uint256 clock);
    /// @notice Neither the voter nor its voting key signed this.
    error CommitSignatureInvalid(address voter);
    /// @notice Choice and salt are not what was committed.
    error CommitMismatch(bytes32 actual, bytes32 expected);
    /// @notice No such choice, see `Choice`.
    error ChoiceOutOfRange(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice The account has no ballot in that round, or it was settled or revealed before.
    error NoBallot(bytes32 caseId, uint256 round, address voter);
    /// @notice A seed was asked for, and may still come.
    error SeedNamed(bytes32 caseId, uint256 round, uint48 ticket);
    /// @notice The seed is not known yet, or was lost.
    error SeedUnknown(bytes32 caseId, uint256 round, uint48 ticket);
    /// @notice Only the DisputeManager may call.
    error NotDisputeManager(address actual, address expected);
    /// @notice The wiring was fixed before.
    error AlreadySealed();
    /// @notice The zero address cannot stand here.
    error ZeroAddress();

    /* ERRORS: CONFIGS */

    /// @notice There is no such config.
    error ConfigUnknown(uint16 actual, uint256 count);
    /// @notice 1 to 3 rounds.
    error RoundCountOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice Missing this window would cost money, so it is at least as long as a censored transaction may take.
    error WindowTooShort(string window, uint256 round, uint256 actual, uint256 minimum);
    /// @notice The last round cannot be appealed, and a full vote needs no seed.
    error WindowNotZero(string window, uint256 round, uint256 actual);
    /// @notice Each panel has more seats than the one before, at most 1,000; only the last round may be for all.
    error SeatsOutOfBounds(uint256 round, uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice A seat risks 2 to 10 of its fees: an incoherent vote costs what a coherent one earns, and locking jurors
    /// by junk costs a twentieth of what it locks. A full vote risks nothing by the seat.
    error SeatRiskOutOfBounds(uint256 round, uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice A full vote risks 0.01 % to 10 % of the votes, a panel nothing of them.
    error VoteRiskOutOfBounds(uint256 round, uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice Fees do not fall from round to round, and the second is at most 20 times the first: the opener's bond
    /// pays it.
    error FeeOutOfBounds(uint256 round, uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice Who has votes in a case may be gone before its last commit.
    error OutlivesUnbonding(uint256 actual, uint256 maximum);
    /// @notice Votes must have an age: those of the present second are not known yet.
    error MaturityZero();
    /// @notice The floor of votes in all must not be zero.
    error TotalFloorZero();
    /// @notice New slashing code could arrive before the longest case is over.
    error OutlivesModuleDelay(uint256 actual, uint256 maximum);

    /* EVENTS */

    /// @notice A config was appended, see `configOf`.
    event ConfigAdded(uint16 indexed config);
    /// @notice A case opened.
    event CaseCreated(bytes32 indexed caseId, uint16 indexed config, uint256 total, uint256 snapshot);
    /// @notice ERC-1497: evidence in time. `arbitrator` is this court, `evidenceGroupId` the case.
    event Evidence(address indexed arbitrator, uint256 indexed evidenceGroupId, address indexed party, string evidence);
    /// @notice Evidence after it was frozen; it never counts as in time.
    event LateEvidence(
        address indexed arbitrator,
        uint256 indexed evidenceGroupId,
        address indexed party,
        string evidence
    );
    /// @notice A seed was asked for.
    event SeedRequested(bytes32 indexed caseId, uint256 indexed round, uint48 ticket);
    /// @notice The panel is known: `weightOf` tells each account's seats.
    event SeedFixed(bytes32 indexed caseId, uint256 indexed round, bytes32 seed);
    /// @notice A ballot was cast or replaced. `cipher` is the voter's note to itself.
    event Committed(
        bytes32 indexed caseId,
        uint256 indexed round,
        address indexed voter,
        bytes32 commitHash,
        uint256 weight,
        bytes cipher
    );
    /// @notice A ballot was opened.
    event Revealed(bytes32 indexed caseId, uint256 indexed round, address indexed voter, Choice choice, uint256 weight);
    /// @notice An appeal was funded: the next round opens, `standing` is the ruling it is asked to change.
    event RoundOpened(bytes32 indexed caseId, uint256 indexed round, Ruling standing);
    /// @notice A ballot was settled: `paid` to the voter, `forfeited` of its risk to the reserve.
    event BallotSettled(
        bytes32 indexed caseId,
        uint256 indexed round,
        address indexed voter,
        uint256 paid,
        uint256 forfeited
    );
    /// @notice The case was concluded: `byProof` before it was decided here.
    event CaseConcluded(bytes32 indexed caseId, Ruling ruling, bool byProof);

    /* THE CASE */

    /// @notice Adds evidence, by anybody. `Evidence` until the phase of that name is over, `LateEvidence` after.
    function submitEvidence(bytes32 caseId, string calldata evidenceURI) external;

    /// @notice Asks for the seed of a panel, by anybody, in `Seeding`; again only if the one asked for was lost.
    function nameSeed(bytes32 caseId) external;

    /// @notice Stores the seed that was asked for, by anybody, in `Seeding`; `Commit` begins now.
    function fixSeed(bytes32 caseId) external;

    /// @notice Casts or replaces the ballot of `voter`, by itself or its voting key. The first locks the risk.
    /// @param commitHash see `commitHashOf`; not zero.
    /// @param cipher goes into the event only, so that another device can recover the choice.
    function commit(bytes32 caseId, address voter, bytes32 commitHash, bytes calldata cipher) external;

    /// @notice The same by anybody, with an EIP-712 signature of the voter or its voting key over
    /// `Ballot(bytes32 caseId,uint256 round,address voter,bytes32 commitHash,bytes cipher,uint40 signedAt)`, `round`
    /// being the current one.
    function commitSigned(SignedCommit calldata signed, bytes calldata signature) external;

    /// @notice Opens a ballot, by anybody who knows what was committed.
    /// @param choice see `Choice`, 1 to 3.
    function reveal(bytes32 caseId, address voter, uint8 choice, bytes32 salt) external;

    /// @notice Settles one ballot of a case that is final or ended, by anybody: frees or forfeits its risk and pays its
    /// share of the fee.
    function claim(bytes32 caseId, uint256 round, address voter) external;

    /* GOVERNANCE */

    /// @notice Appends configs whose windows nest. Governor only (the administrator at deployment). Running cases and
    /// published models keep theirs.
    /// @return first number of the first of them; the others follow.
    function addConfigs(Config[] calldata configs) external returns (uint16 first);

    /// @notice Fixes who opens and concludes cases, once and for good. Administrator only, at deployment.
    function seal(address disputeManager) external;

    /* VIEWS */

    /// @notice Age that votes must have when a case opens.
    function MATURITY() external view returns (uint256);

    /// @notice The case, now; phase `None` if there is none.
    function caseOf(bytes32 caseId) external view returns (CaseView memory);

    /// @notice The count of a round; zeros if there is none.
    function roundOf(bytes32 caseId, uint256 round) external view returns (RoundView memory);

    /// @notice A ballot that is not settled, and its commit hash until it is revealed.
    function ballotOf(
        bytes32 caseId,
        uint256 round,
        address voter
    ) external view returns (Ballot memory ballot, bytes32 commitHash);

    /// @notice A config.
    function configOf(uint16 config) external view returns (Config memory);

    /// @notice Number of configs.
    function configCount() external view returns (uint256);

    /// @notice What `voter` weighs in the current round and what a ballot of it locks; zeros without a seat or a seed.
    function weightOf(bytes32 caseId, address voter) external view returns (uint256 weight, uint256 risk);

    /// @notice The ruling that stands: of the last round that decided. Provisional until the case is final.
    function currentRuling(bytes32 caseId) external view returns (Ruling);

    /// @notice keccak256(abi.encode(COMMIT_TYPEHASH, chainid, court, case, round, voter, choice, salt)).
    function commitHashOf(
        bytes32 caseId,
        uint256 round,
        address voter,
        uint8 choice,
        bytes32 salt
    ) external view returns (bytes32);

    /// @notice What operators and consumers should trust this court with, for one answer: 0.1 % of the votes of
    /// `MATURITY` ago, 0 below the floor. It bounds one answer, not a lasting majority.
    function prudentCoverage() external view returns (uint256);
}
