// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { IAttestationRegistry } from "../attestations/IAttestationRegistry.sol";
import { LockMath } from "../math/LockMath.sol";
import { IModelRegistry } from "../models/IModelRegistry.sol";
import { ISlashingRegistry } from "../slashing/ISlashingRegistry.sol";
import { IStakeVault } from "../staking/IStakeVault.sol";
import { Grounds } from "../types/Grounds.sol";
import { Leaf, Receipt } from "../types/Receipt.sol";
import { Ruling } from "../types/Ruling.sol";
import { IAdjudicator } from "./IAdjudicator.sol";
import { GameBonds } from "./GameBonds.sol";
import { IDisputeManager } from "./IDisputeManager.sol";
import { Waterfall } from "./Waterfall.sol";

/// @title DisputeManager
/// @notice See `IDisputeManager`, the manual of this contract.
contract DisputeManager is GameBonds {
    /* CONSTANTS */

    uint256 private constant BPS = 10_000;
    uint16 private constant MIN_BOND_BPS = 100;
    uint16 private constant MAX_BOND_BPS = 5_000;
    /// @dev A bond is at most this many first fees, so that a large lock cannot price out its contesting.
    uint256 private constant MAX_BOND_FEES = 20;

    /* IMMUTABLES */

    /// @notice The record of faults.
    ISlashingRegistry public immutable SLASHING;
    /// @notice Decides cases.
    IAdjudicator public immutable COURT;

    /* STORAGE */

    struct Case {
        address opener;
        uint88 bond; // at most 20 fees of at most 2^80, see ConfigRules
        CaseState state;
        Ruling[3] asked; // by who financed each round; the opener asks for Overturned
    }

    struct Pool {
        uint96 raised;
        uint96 payout;
        bool funded;
    }

    /// @inheritdoc IDisputeManager
    uint16 public bondBps;
    mapping(bytes32 caseId => Case) private _cases;
    mapping(bytes32 caseId => mapping(uint256 round => mapping(Ruling asked => Pool))) private _pools;
    mapping(bytes32 caseId => mapping(uint256 round => mapping(Ruling asked => mapping(address => uint256))))
        private _contributions;

    /* DEPLOYMENT AND GOVERNANCE */

    /// @param authority AccessManager of the deployment.
    /// @param attestations AttestationRegistry.
    /// @param slashing SlashingRegistry.
    /// @param models ModelRegistry.
    /// @param vault StakeVault.
    /// @param court decides cases.
    /// @param bondBps_ share of the lock that opening a case puts down.
    /// @param replayBond_ bond of a game, stake token, not 0.
    constructor(
        address authority,
        IAttestationRegistry attestations,
        ISlashingRegistry slashing,
        IModelRegistry models,
        IStakeVault vault,
        IAdjudicator court,
        uint16 bondBps_,
        uint96 replayBond_
    ) GameBonds(authority, attestations, models, vault, replayBond_) {
        SLASHING = slashing;
        COURT = court;
        _setBondBps(bondBps_);
    }

    /// @inheritdoc IDisputeManager
    function setBondBps(uint16 bondBps_) external restricted {
        _setBondBps(bondBps_);
    }

    /* OPENING */

    /// @inheritdoc IDisputeManager
    function open(
        Leaf calldata leaf,
        bytes calldata request,
        bytes calldata output,
        string calldata evidenceURI
    ) external returns (bytes32 caseId) {
        Receipt calldata receipt = leaf.receipt;
        caseId = ATTESTATIONS.receiptIdOf(receipt);
        Case storage c = _cases[caseId];
        if (c.state != CaseState.None) revert CaseInState(caseId, c.state, CaseState.None);
        IModelRegistry.Terms memory terms = _requireGround(receipt, Grounds.JUDGEMENT);
        _show(caseId, leaf, request, output);
        ATTESTATIONS.hold(receipt);

        (uint256 fee, uint256 nextFee) = COURT.createDispute(caseId, terms.courtConfig, msg.sender, evidenceURI);
        uint256 bond = _bondOf(receipt.coverage, terms.penaltyBps, fee, nextFee);
        (c.opener, c.bond, c.state) = (msg.sender, uint88(bond), CaseState.Open);
        emit CaseOpened(caseId, receipt.operator, msg.sender, bond, fee);
        emit Dispute(address(COURT), uint256(caseId), uint256(receipt.modelId), uint256(caseId));
        VAULT.deposit(msg.sender, bond + fee);
        _pay(address(COURT), fee);
    }

    /* APPEALS */

    /// @inheritdoc IDisputeManager
    function contribute(bytes32 caseId, Ruling asked, uint256 amount) external returns (uint256 taken) {
        Case storage c = _requireState(caseId, CaseState.Open);
        (uint256 round, uint256 fee, Ruling standing) = COURT.appealTerms(caseId);
        if (asked == standing) revert RulingStands(caseId, standing);
        Pool storage pool = _pools[caseId][round][asked];
        uint256 missing = _appealCost(c.bond, round, fee) - pool.raised;
        taken = Math.min(amount, missing);
        if (taken == 0) revert ContributionZero();
        pool.raised += uint96(taken);
        _contributions[caseId][round][asked][msg.sender] += taken;
        missing -= taken;
        emit Contributed(caseId, round, msg.sender, asked, taken, missing);
        if (missing == 0) {
            pool.funded = true;
            c.asked[round] = asked;
            COURT.appeal(caseId);
        }
        VAULT.deposit(msg.sender, taken);
        if (missing == 0) _pay(address(COURT), fee);
    }

    /// @inheritdoc IDisputeManager
    function withdrawContribution(
        bytes32 caseId,
        uint256 round,
        Ruling asked,
        address contributor
    ) external returns (uint256 amount) {
        Pool storage pool = _pools[caseId][round][asked];
        uint256 contribution = _contributions[caseId][round][asked][contributor];
        if (contribution == 0) revert NothingContributed(caseId, round, asked, contributor);
        if (pool.funded) {
            _requireState(caseId, CaseState.Settled);
            // Of what is left, for what is left: the last takes the rest, and nothing is.
            amount = (uint256(pool.payout) * contribution) / pool.raised;
            pool.payout -= uint96(amount);
        } else {
            if (COURT.isAppealable(caseId, round)) revert AppealStillOpen(caseId, round);
            amount = contribution;
        }
        pool.raised -= uint96(contribution);
        delete _contributions[caseId][round][asked][contributor];
        emit ContributionWithdrawn(caseId, round, contributor, asked, amount);
        _pay(contributor, amount);
    }

    /* SETTLEMENT */

    /// @inheritdoc IDisputeManager
    function settle(Receipt calldata receipt) external {
        bytes32 caseId = ATTESTATIONS.receiptIdOf(receipt);
        Case storage c = _requireState(caseId, CaseState.Open);
        c.state = CaseState.Settled;
        _applyRuling(caseId, receipt, c, COURT.conclude(caseId, false));
    }

    /// @inheritdoc IDisputeManager
    function overturn(
        Receipt calldata receipt,
        address challenger,
        ISlashingRegistry.Offence offence
    ) external onlyReplay returns (uint256 taken) {
        bytes32 caseId = ATTESTATIONS.receiptIdOf(receipt);
        Case storage c = _cases[caseId];
        IAdjudicator.Outcome memory outcome;
        if (c.state == CaseState.Open) {
            c.state = CaseState.Settled;
            IAdjudicator.Outcome memory concluded = COURT.conclude(caseId, true);
            // What the clock has decided is applied first; a proof comes too late for it.
            if (concluded.ended) outcome = concluded;
            else _applyRuling(caseId, receipt, c, concluded);
        }
        (uint256 coverage, uint256 penalty) = _lockOf(caseId, receipt);
        Waterfall.Division memory d = Waterfall.proven(penalty, _partiesOf(c, outcome), outcome.rounds);
        taken = _seize(receipt, coverage, d.fees, challenger, d.bounty);
        if (outcome.ended) _close(caseId, c, receipt, outcome.rounds, taken, d);
        SLASHING.recordRuling(receipt, offence, taken);
        emit AnswerOverturned(caseId, receipt.operator, challenger, offence, taken, d.bounty);
    }

    /* VIEWS */

    /// @inheritdoc IDisputeManager
    function caseOf(bytes32 caseId) external view returns (CaseView memory) {
        Case storage c = _cases[caseId];
        return CaseView({ opener: c.opener, bond: c.bond, state: c.state });
    }

    /// @inheritdoc IDisputeManager
    function poolOf(bytes32 caseId, uint256 round, Ruling asked) external view returns (PoolView memory) {
        Pool memory pool = _pools[caseId][round][asked];
        return PoolView({ raised: pool.raised, payout: pool.payout, funded: pool.funded });
    }

    /// @inheritdoc IDisputeManager
    function contributionOf(
        bytes32 caseId,
        uint256 round,
        Ruling asked,
        address contributor
    ) external view returns (uint256) {
        return _contributions[caseId][round][asked][contributor];
    }

    /// @inheritdoc IDisputeManager
    function openingCost(Receipt calldata receipt) external view returns (uint256 bond, uint256 fee) {
        IModelRegistry.Terms memory terms = MODELS.terms(receipt.modelId);
        uint256[3] memory fees = COURT.feesOf(terms.courtConfig);
        fee = fees[0];
        bond = _bondOf(receipt.coverage, terms.penaltyBps, fee, fees[1] == 0 ? fee : fees[1]);
    }

    /// @inheritdoc IDisputeManager
    function appealCost(bytes32 caseId) external view returns (uint256 round, uint256 cost) {
        uint256 fee;
        (round, fee, ) = COURT.appealTerms(caseId);
        cost = _appealCost(_cases[caseId].bond, round, fee);
    }

    /// @inheritdoc IDisputeManager
    function appealableTo(Receipt calldata receipt) external view returns (uint256 round) {
        IModelRegistry.Terms memory terms = MODELS.terms(receipt.modelId);
        uint256[3] memory fees = COURT.feesOf(terms.courtConfig);
        uint256 penalty = LockMath.lockUp(receipt.coverage, terms.penaltyBps) - receipt.coverage;
        (uint256 left, ) = Waterfall.ofPenalty(penalty, type(uint256).max);
        uint256 sum = fees[0];
        while (round + 1 < fees.length && fees[round + 1] > 0 && sum + fees[round + 1] <= left) sum += fees[++round];
    }

    /* INTERNAL: OPENING */

    function _setBondBps(uint16 bondBps_) private {
        if (bondBps_ < MIN_BOND_BPS || bondBps_ > MAX_BOND_BPS) {
            revert BondOutOfBounds(bondBps_, MIN_BOND_BPS, MAX_BOND_BPS);
        }
        bondBps = bondBps_;
        emit BondBpsSet(bondBps_);
    }

    /// @dev Between the fee of the next round, so that an operator who is right there gets all back, and 20 fees.
    /// Rounded up, against the opener.
    function _bondOf(
        uint256 coverage,
        uint256 penaltyBps,
        uint256 fee,
        uint256 nextFee
    ) private view returns (uint256) {
        uint256 share = Math.ceilDiv(LockMath.lockUp(coverage, penaltyBps) * bondBps, BPS);
        return Math.max(Math.min(share, MAX_BOND_FEES * fee), nextFee);
    }

    function _appealCost(uint256 bond, uint256 round, uint256 fee) private pure returns (uint256) {
        return (bond << round) + fee;
    }

    /* INTERNAL: SETTLEMENT */

    function _applyRuling(
        bytes32 caseId,
        Receipt calldata receipt,
        Case storage c,
        IAdjudicator.Outcome memory outcome
    ) private {
        bool overturned = outcome.ruling == Ruling.Overturned;
        (uint256 coverage, uint256 penalty) = overturned ? _lockOf(caseId, receipt) : (0, 0);
        Waterfall.Division memory d = Waterfall.decided(
            outcome.ruling,
            penalty,
            outcome.turnedIn,
            _partiesOf(c, outcome),
            outcome.rounds
        );
        uint256 taken = 0;
        if (overturned) {
            taken = _seize(receipt, coverage, d.fees + d.bounty, address(0), 0);
            SLASHING.recordRuling(receipt, ISlashingRegistry.Offence.FalseAnswer, taken);
        } else {
            bool upheld = outcome.ruling == Ruling.Upheld;
            ATTESTATIONS.release(
                receipt,
                upheld ? IAttestationRegistry.CaseEnd.Upheld : IAttestationRegistry.CaseEnd.Undecided
            );
        }
        emit RulingApplied(address(COURT), uint256(caseId), outcome.ruling);
        _close(caseId, c, receipt, outcome.rounds, taken, d);
    }

    /// @dev What stands behind the answer now.
    function _lockOf(
        bytes32 receiptId,
        Receipt calldata receipt
    ) private view returns (uint256 coverage, uint256 penalty) {
        uint256 locked = ATTESTATIONS.answer(receiptId).locked;
        coverage = LockMath.coverageDown(locked, MODELS.terms(receipt.modelId).penaltyBps);
        penalty = locked - coverage;
    }

    /// @dev Coverage to the beneficiary, `kept` to this contract's credit, the bounty to the challenger, the rest to
    /// the reserve.
    function _seize(
        Receipt calldata receipt,
        uint256 coverage,
        uint256 kept,
        address challenger,
        uint256 bounty
    ) private returns (uint256) {
        address[] memory recipients = new address[](3);
        uint256[] memory amounts = new uint256[](3);
        (recipients[0], recipients[1], recipients[2]) = (receipt.beneficiary, address(this), challenger);
        (amounts[0], amounts[1], amounts[2]) = (coverage, kept, bounty);
        return ATTESTATIONS.seize(receipt, recipients, amounts);
    }

    function _partiesOf(
        Case storage c,
        IAdjudicator.Outcome memory outcome
    ) private view returns (Waterfall.Party[3] memory parties) {
        for (uint256 i = 0; i < outcome.rounds; ++i) {
            parties[i] = Waterfall.Party({
                asked: i == 0 ? Ruling.Overturned : c.asked[i],
                bond: uint256(c.bond) << i,
                fee: outcome.fees[i],
                returned: outcome.returned[i]
            });
        }
    }

    /// @dev Credits opener, operator and reserve, and leaves each pool what its contributors withdraw.
    function _close(
        bytes32 caseId,
        Case storage c,
        Receipt calldata receipt,
        uint256 rounds,
        uint256 taken,
        Waterfall.Division memory d
    ) private {
        for (uint256 i = 1; i < rounds; ++i) _pools[caseId][i][c.asked[i]].payout = uint96(d.payouts[i]);
        emit CaseSettled(caseId, taken, d.payouts, d.toOperator, d.toReserve, d.bounty);
        _pay(c.opener, d.payouts[0]);
        _pay(receipt.operator, d.toOperator);
        _pay(VAULT.RESERVE(), d.toReserve);
    }

    function _requireState(bytes32 caseId, CaseState expected) private view returns (Case storage c) {
        c = _cases[caseId];
        if (c.state != expected) revert CaseInState(caseId, c.state, expected);
    }
}
