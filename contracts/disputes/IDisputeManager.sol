// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISlashingRegistry } from "../slashing/ISlashingRegistry.sol";
import { Leaf, Receipt } from "../types/Receipt.sol";
import { Ruling } from "../types/Ruling.sol";

/// @title IDisputeManager
/// @notice Owns the parties' money and the outcome of contested answers; adjudicators own only the question. The court
/// decides cases, one for each answer, ever; the replay adjudicator ends them by arithmetic. Bonds and fees are this
/// contract's credit in the vault, and payouts move credit: whoever is owed claims there.
///
/// The id of a case is the receipt's id. Amounts are stake token, rounded against whoever is paid.
interface IDisputeManager {
    /* TYPES */

    /// @notice Money of a case. `Open` also while the clock has decided and nobody has settled yet.
    enum CaseState {
        None,
        Open,
        Settled
    }

    /// @notice A case.
    struct CaseView {
        address opener;
        uint256 bond; // of the opener; an appeal to round r puts down 2^r times as much
        CaseState state;
    }

    /// @notice Who together ask for one ruling in one appeal.
    struct PoolView {
        uint256 raised; // less what was withdrawn
        uint256 payout; // left for its contributors, once the case is settled
        bool funded; // it opened the round
    }

    /* ERRORS */

    /// @notice This model's answers cannot be contested so: its `grounds` lack `required`.
    error GroundNotAllowed(bytes32 modelId, uint256 grounds, uint256 required);
    /// @notice Only the beneficiary can open a case or a game on an answer with private input: others have nothing to
    /// decide it by.
    error NotBeneficiary(address actual, address expected);
    /// @notice The case is in another state; a case is opened once, ever.
    error CaseInState(bytes32 caseId, CaseState actual, CaseState expected);
    /// @notice That ruling stands already; an appeal asks for another.
    error RulingStands(bytes32 caseId, Ruling standing);
    /// @notice A contribution of nothing.
    error ContributionZero();
    /// @notice The account has nothing in that pool.
    error NothingContributed(bytes32 caseId, uint256 round, Ruling asked, address contributor);
    /// @notice The appeal can still be funded.
    error AppealStillOpen(bytes32 caseId, uint256 round);
    /// @notice Only the replay adjudicator may call.
    error NotReplay(address actual, address expected);
    /// @notice This deployment has no replay adjudicator.
    error ReplayUnavailable();
    /// @notice The bond of a game is outside the bounds fixed at deployment.
    error ReplayBondOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice The game has no bond, or none any more.
    error NoBond(uint256 gameId);
    /// @notice Only the vault may call.
    error NotVault(address actual, address expected);
    /// @notice Not a share of the lock, or outside its bounds.
    error BondOutOfBounds(uint256 actual, uint256 minimum, uint256 maximum);
    /// @notice The wiring was fixed before.
    error AlreadySealed();

    /* EVENTS */

    /// @notice A case was opened.
    event CaseOpened(
        bytes32 indexed caseId,
        address indexed operator,
        address indexed opener,
        uint256 bond,
        uint256 fee
    );
    /// @notice ERC-1497: binds the case to its evidence, whose group is the case. `metaEvidenceId` is the model: what
    /// was promised stands in its manifest.
    event Dispute(
        address indexed arbitrator,
        uint256 indexed disputeId,
        uint256 metaEvidenceId,
        uint256 evidenceGroupId
    );
    /// @notice `amount` was added to the pool that asks for `asked` in round `round`; `missing` is left to raise.
    event Contributed(
        bytes32 indexed caseId,
        uint256 indexed round,
        address indexed contributor,
        Ruling asked,
        uint256 amount,
        uint256 missing
    );
    /// @notice `contributor` was credited what its contribution came to.
    event ContributionWithdrawn(
        bytes32 indexed caseId,
        uint256 indexed round,
        address indexed contributor,
        Ruling asked,
        uint256 amount
    );
    /// @notice The ruling was applied: what ERC-792 calls `Ruling`.
    event RulingApplied(address indexed arbitrator, uint256 indexed disputeId, Ruling ruling);
    /// @notice The money of a case was divided: `taken` left the operator, `payouts` are the opener's and each
    /// appeal's.
    event CaseSettled(
        bytes32 indexed caseId,
        uint256 taken,
        uint256[3] payouts,
        uint256 toOperator,
        uint256 toReserve,
        uint256 bounty
    );
    /// @notice An answer was overturned by arithmetic, or by its operator's silence.
    event AnswerOverturned(
        bytes32 indexed receiptId,
        address indexed operator,
        address indexed challenger,
        ISlashingRegistry.Offence offence,
        uint256 taken,
        uint256 bounty
    );
    /// @notice A game was opened.
    event GameOpened(
        uint256 indexed gameId,
        bytes32 indexed receiptId,
        address indexed challenger,
        address operator,
        uint256 bond
    );
    /// @notice The challenger lost the game, and its bond.
    event GameBondForfeited(uint256 indexed gameId, address indexed operator, uint256 toOperator, uint256 toReserve);
    /// @notice The challenger has its bond back.
    event GameBondReturned(uint256 indexed gameId, address indexed challenger, uint256 bond);
    /// @notice Bond of games opened from now on.
    event ReplayBondSet(uint256 replayBond);
    /// @notice Share of the lock that opening a case puts down, for cases opened from now on.
    event BondBpsSet(uint256 bondBps);

    /* CASES */

    /// @notice Contests an answer before token holders, by anybody, while its time to contest is not over or a game
    /// holds it: takes the bond and the fee of the first round, for which the caller has approved this contract. Never
    /// refused for a price, a pause or a number.
    /// @dev Warning: the bond is lost if the answer is upheld.
    /// @param leaf the answer; of a published one the receipt suffices. If it is not published yet it is now; if it was
    /// anchored alone and this shows a leaf of it, the two are merged first, so that the lock is whole.
    /// @param request, output shown if the answer is not published; ignored otherwise.
    /// @param evidenceURI why.
    /// @return caseId the receipt's id.
    function open(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output,
        string calldata evidenceURI
    ) external returns (bytes32 caseId);

    /// @notice Adds to the appeal that asks for `asked`, another ruling than the one that stands, by anybody, while an
    /// appeal is possible. Takes at most what is missing. The first pool that is full opens the next round.
    /// @return taken of `amount`.
    function contribute(bytes32 caseId, Ruling asked, uint256 amount) external returns (uint256 taken);

    /// @notice Applies the final ruling and divides the money, by anybody.
    function settle(Receipt calldata receipt) external;

    /// @notice Credits `contributor` what its contribution came to: all of it if the pool opened no round, its share of
    /// the pool's payout if it did and the case is settled. By anybody.
    /// @return amount credited.
    function withdrawContribution(
        bytes32 caseId,
        uint256 round,
        Ruling asked,
        address contributor
    ) external returns (uint256 amount);

    /// @notice Overturns an answer by arithmetic, or by the operator's silence in a game. Replay adjudicator only. A
    /// case on it that is not final ends: all bonds come back, and the fees spent are paid out of the penalty. One that
    /// is final is settled first; if that overturned the answer, or the time to contest is over with it, this reverts
    /// as a whole.
    /// @param challenger receives the bounty.
    /// @return taken amount that left the operator.
    function overturn(
        Receipt calldata receipt,
        address challenger,
        ISlashingRegistry.Offence offence
    ) external returns (uint256 taken);

    /* GAMES */

    /// @notice Contests an answer by arithmetic where its operator withholds what it computed, by anybody, while its
    /// time to contest is not over: takes a flat bond, for which the caller has approved this contract. Any number of
    /// games on one answer run side by side. Never refused for a price, a pause or a number. Whoever knows the trace
    /// needs no game.
    /// @dev Warning: the bond is lost unless the operator's clock runs out or somebody proves the answer wrong.
    /// @param leaf, request, output as for `open`.
    /// @return gameId number of the game.
    function openGame(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output
    ) external returns (uint256 gameId);

    /// @notice The challenger lost the game: half of its bond to the operator, rounded down, the rest to the reserve,
    /// and the answer is no longer held for it. Replay adjudicator only.
    function forfeitBond(uint256 gameId, Receipt calldata receipt) external;

    /// @notice The answer was overturned: the challenger has its bond back. Replay adjudicator only.
    function returnBond(uint256 gameId) external;

    /* GOVERNANCE */

    /// @notice Share of the lock that opening puts down, 1 % to 50 %. Governor only; cases that are open keep theirs.
    function setBondBps(uint16 bondBps) external;

    /// @notice Bond of games to come, a tenth to ten times the genesis value. Governor only; games that are open keep
    /// theirs.
    function setReplayBond(uint96 replayBond) external;

    /// @notice Fixes the replay adjudicator, once and for good. Administrator only, at deployment.
    /// @param replay zero: this deployment has none, and never will.
    function seal(address replay) external;

    /* VIEWS */

    /// @notice A case.
    function caseOf(bytes32 caseId) external view returns (CaseView memory);

    /// @notice A pool.
    function poolOf(bytes32 caseId, uint256 round, Ruling asked) external view returns (PoolView memory);

    /// @notice What an account has in a pool.
    function contributionOf(
        bytes32 caseId,
        uint256 round,
        Ruling asked,
        address contributor
    ) external view returns (uint256);

    /// @notice What opening a case on this answer costs.
    function openingCost(Receipt calldata receipt) external view returns (uint256 bond, uint256 fee);

    /// @notice What the next appeal costs; reverts unless one is possible now.
    /// @return round that it would open.
    /// @return cost bond and fee.
    function appealCost(bytes32 caseId) external view returns (uint256 round, uint256 cost);

    /// @notice The last round whose fees, and those of the rounds before, the penalty of this answer can pay for:
    /// whoever is right and has the operator overturned there pays nothing. 0: only the first round, or not even that.
    function appealableTo(Receipt calldata receipt) external view returns (uint256 round);

    /// @notice Share of the lock that opening a case puts down.
    function bondBps() external view returns (uint16);

    /// @notice Bond of a game, stake token.
    function replayBond() external view returns (uint96);

    /// @notice A game's challenger and what its bond is now; zeros if it has none, or none any more.
    function bondOf(uint256 gameId) external view returns (address challenger, uint256 bond);

    /// @notice The contract that overturns by arithmetic; zero if the deployment has none.
    function replay() external view returns (address);
}
