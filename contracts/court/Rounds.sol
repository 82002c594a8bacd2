// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { Ruling } from "../types/Ruling.sol";
import { CourtConfigs } from "./CourtConfigs.sol";
import { ICourt } from "./ICourt.sol";
import { ISeedSource } from "./ISeedSource.sol";
import { Sortition } from "./Sortition.sol";

/// @title Rounds
/// @notice The part of the Court that says where a case stands: phases from stored times, weights from the vault's past
/// votes, rulings from tallies. It writes only what opens a case. See `ICourt`, the manual.
abstract contract Rounds is CourtConfigs {
    /* CONSTANTS */

    /// @dev A panel decides if at least a third of its expected seats was revealed.
    uint256 private constant PANEL_QUORUM = 3;
    /// @dev A full vote decides if a fifth of all votes is behind the winning choice.
    uint256 private constant FULL_QUORUM = 5;
    uint256 private constant BPS = 10_000;
    uint256 private constant PRUDENT_SHARE = 1_000;

    /* IMMUTABLES */

    /// @notice Where seeds come from.
    ISeedSource public immutable SEED_SOURCE;
    /// @notice Votes in all count as at least this much: else the first to enroll would be the court.
    uint256 public immutable TOTAL_FLOOR;

    /* STORAGE */

    struct Case {
        uint128 total; // votes in all at the snapshot, at least TOTAL_FLOOR
        uint40 openedAt;
        uint40 evidenceEnd;
        uint16 config;
        uint8 round; // current
        Ruling standing; // before the current round
        Phase endedIn; // by proof; None: it was not
    }

    /// @dev One word: whoever reads the clock has the tally.
    struct Round {
        uint40 startedAt; // 0 for the first
        uint48 ticket;
        uint40 seededAt;
        uint32 committed;
        uint32 atFault;
        uint32 notAtFault;
        uint32 cannotDecide;
    }

    mapping(bytes32 caseId => Case) internal _cases;
    mapping(bytes32 caseId => mapping(uint256 round => Round)) internal _rounds;
    mapping(bytes32 caseId => mapping(uint256 round => bytes32)) internal _seeds;

    constructor(ISeedSource seedSource, uint256 totalFloor) {
        if (address(seedSource) == address(0)) revert ZeroAddress();
        if (totalFloor == 0) revert TotalFloorZero();
        SEED_SOURCE = seedSource;
        TOTAL_FLOOR = totalFloor;
    }

    /* VIEWS */

    /// @inheritdoc ICourt
    function caseOf(bytes32 caseId) external view returns (CaseView memory) {
        Case memory c = _cases[caseId];
        (Phase phase, uint256 deadline) = _phaseOf(caseId, c);
        return
            CaseView({
                phase: phase,
                deadline: deadline,
                round: c.round,
                openedAt: c.openedAt,
                total: c.total,
                config: c.config
            });
    }

    /// @inheritdoc ICourt
    function roundOf(bytes32 caseId, uint256 round) external view returns (RoundView memory) {
        Round memory r = _rounds[caseId][round];
        return
            RoundView({
                seed: _seeds[caseId][round],
                ticket: r.ticket,
                startedAt: r.startedAt,
                seededAt: r.seededAt,
                committed: r.committed,
                atFault: r.atFault,
                notAtFault: r.notAtFault,
                cannotDecide: r.cannotDecide
            });
    }

    /// @inheritdoc ICourt
    function weightOf(bytes32 caseId, address voter) external view returns (uint256 weight, uint256 risk) {
        Case memory c = _cases[caseId];
        if (c.openedAt == 0) return (0, 0);
        Round memory r = _rounds[caseId][c.round];
        RoundTerms memory terms = _terms[c.config][c.round];
        if (terms.seats > 0 && r.seededAt == 0) return (0, 0);
        (weight, risk, ) = _weightOf(caseId, c, terms, voter);
    }

    /// @inheritdoc ICourt
    function currentRuling(bytes32 caseId) external view returns (Ruling) {
        Case memory c = _cases[caseId];
        (Phase phase, uint256 deadline) = _phaseOf(caseId, c);
        if (phase == Phase.Appeal || phase == Phase.Final) return _rulingOf(caseId, c);
        if (c.round == 0 || phase == Phase.Ended) revert NoRulingYet(caseId, phase, deadline);
        return c.standing;
    }

    /// @inheritdoc ICourt
    function prudentCoverage() external view returns (uint256) {
        uint256 total = VAULT.getPastTotalSupply(block.timestamp - MATURITY);
        return total < TOTAL_FLOOR ? 0 : total / PRUDENT_SHARE;
    }

    /* INTERNAL: THE CLOCK */

    /// @dev The one place that says where a case stands, and until when.
    function _phaseOf(bytes32 caseId, Case memory c) internal view returns (Phase, uint256 deadline) {
        return _phaseOf(c, _rounds[caseId][c.round], _terms[c.config][c.round]);
    }

    /// @dev The same for a caller that needs round and terms too.
    function _phaseOf(
        Case memory c,
        Round memory r,
        RoundTerms memory terms
    ) internal view returns (Phase, uint256 deadline) {
        if (c.openedAt == 0) return (Phase.None, 0);
        if (c.endedIn != Phase.None) return (Phase.Ended, 0);
        deadline = terms.seats > 0 ? r.seededAt : r.startedAt;
        if (deadline == 0) {
            // Nothing stored says when the commit phase begins.
            deadline = c.round == 0 ? c.evidenceEnd : r.startedAt;
            if (block.timestamp < deadline) return (Phase.Evidence, deadline);
            deadline += terms.seeding;
            if (block.timestamp < deadline) return (Phase.Seeding, deadline);
        }
        deadline += terms.commit;
        if (block.timestamp < deadline) return (Phase.Commit, deadline);
        deadline += terms.reveal;
        if (block.timestamp < deadline) return (Phase.Reveal, deadline);
        deadline += terms.appeal;
        if (block.timestamp < deadline) return (Phase.Appeal, deadline);
        return (Phase.Final, 0);
    }

    /// @dev The case, its current round and its terms, if it is in this phase.
    function _requirePhase(
        bytes32 caseId,
        Phase expected
    ) internal view returns (Case memory c, Round storage r, RoundTerms memory terms) {
        c = _cases[caseId];
        r = _rounds[caseId][c.round];
        terms = _terms[c.config][c.round];
        (Phase phase, uint256 deadline) = _phaseOf(c, r, terms);
        _requireSame(caseId, phase, expected, deadline);
    }

    function _requireSame(bytes32 caseId, Phase actual, Phase expected, uint256 deadline) internal view {
        if (actual != expected) revert CaseInPhase(caseId, actual, expected, block.timestamp, deadline);
    }

    /* INTERNAL: WEIGHTS AND RULINGS */

    function _snapshot(uint256 openedAt) internal view returns (uint256) {
        return openedAt - MATURITY;
    }

    /// @dev Risks are rounded up, against the voter.
    function _weightOf(
        bytes32 caseId,
        Case memory c,
        RoundTerms memory terms,
        address voter
    ) internal view returns (uint256 weight, uint256 risk, uint256 votes) {
        votes = VAULT.getPastVotes(voter, _snapshot(c.openedAt));
        if (terms.seats == 0) {
            weight = Sortition.parts(votes, c.total);
            if (weight > 0) risk = Math.ceilDiv(votes * terms.voteRiskBps, BPS);
        } else {
            bytes32 seed = _seeds[caseId][c.round];
            weight = Sortition.seats(seed, caseId, c.round, voter, votes, c.total, terms.seats);
            risk = Math.ceilDiv(weight * terms.fee * terms.seatRiskFees, terms.seats);
        }
    }

    /// @dev The ruling after the current round.
    function _rulingOf(bytes32 caseId, Case memory c) internal view returns (Ruling) {
        return _rulingAfter(c.standing, _rounds[caseId][c.round], _terms[c.config][c.round]);
    }

    /// @dev A round without a quorum, or with a tie at the top, leaves the ruling before it standing.
    function _rulingAfter(Ruling standing, Round memory r, RoundTerms memory terms) internal pure returns (Ruling) {
        if (!_hasQuorum(r, terms.seats)) return standing;
        if (r.atFault > r.notAtFault && r.atFault > r.cannotDecide) return Ruling.Overturned;
        if (r.notAtFault > r.atFault && r.notAtFault > r.cannotDecide) return Ruling.Upheld;
        if (r.cannotDecide > r.atFault && r.cannotDecide > r.notAtFault) return Ruling.Undecided;
        return standing;
    }

    function _hasQuorum(Round memory r, uint256 seats) internal pure returns (bool) {
        if (seats > 0) return PANEL_QUORUM * _revealed(r) >= seats;
        uint256 highest = Math.max(Math.max(r.atFault, r.notAtFault), r.cannotDecide);
        return FULL_QUORUM * highest >= Sortition.PARTS;
    }

    function _revealed(Round memory r) internal pure returns (uint256) {
        return uint256(r.atFault) + r.notAtFault + r.cannotDecide;
    }

    /// @dev The weight behind a ruling.
    function _behind(Round memory r, Ruling ruling) internal pure returns (uint256) {
        if (ruling == Ruling.Overturned) return r.atFault;
        return ruling == Ruling.Upheld ? r.notAtFault : r.cannotDecide;
    }
}
