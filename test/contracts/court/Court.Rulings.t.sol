// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice What tallies come to. Fifteen holders of a fifteenth each have one seat of 15 in the first round, two of 30 in
/// the second, and a fifteenth of all in the third: no chance is left.
contract CourtRulingsTest is CourtTest {
    uint16 private constant CERTAIN = 2;

    bytes32 private caseId;
    address private outsider = makeAddr("outsider");

    function setUp() public override {
        super.setUp();
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = _courtConfigs()[STANDARD];
        (more[0].rounds[1].seats, more[0].rounds[1].fee) = (30, 90e18);
        vm.prank(owner);
        court.addConfigs(more);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        policy.courtConfig = CERTAIN;
        judgedModelId = _publishJudged(policy);
        _approve(outsider);
        (, caseId) = _openNew(1);
    }

    function _holderCount() internal pure override returns (uint256) {
        return 15;
    }

    /* A PANEL */

    function test_APanelDecidesForWhatMostSeatsSay() external {
        _assertRules(6, 5, 4, Ruling.Overturned);
        _assertRules(5, 6, 4, Ruling.Upheld);
        _assertRules(4, 5, 6, Ruling.Undecided);
        _assertRules(15, 0, 0, Ruling.Overturned);
        _assertRules(0, 15, 0, Ruling.Upheld);
        _assertRules(0, 0, 15, Ruling.Undecided);
    }

    /// @dev A third of 15 seats.
    function test_APanelNeedsAThirdOfItsSeats() external {
        _assertRules(5, 0, 0, Ruling.Overturned);
        _assertRules(4, 0, 0, Ruling.Undecided);
        _assertRules(0, 3, 2, Ruling.Upheld);
        _assertRules(0, 3, 1, Ruling.Undecided);
        _assertRules(0, 0, 0, Ruling.Undecided);
    }

    function test_ATieDecidesNothing() external {
        _assertRules(7, 7, 1, Ruling.Undecided);
        _assertRules(5, 5, 5, Ruling.Undecided);
        _assertRules(6, 3, 6, Ruling.Undecided);
        _assertRules(3, 6, 6, Ruling.Undecided);
    }

    /// @dev Committed seats count neither for the quorum nor for a choice until they are revealed.
    function test_SilentSeatsDecideNothing() external {
        _toCommit(caseId, keccak256("seed"));
        for (uint256 i = 0; i < 15; ++i) _commit(caseId, holders[i], i < 4 ? AT_FAULT : NOT_AT_FAULT);
        assertEq(court.roundOf(caseId, 0).committed, 15);
        _skipPhase(caseId);
        for (uint256 i = 0; i < 4; ++i) _reveal(caseId, holders[i], AT_FAULT);
        _skipPhase(caseId);
        _assertRuling(Ruling.Undecided);
    }

    function testFuzz_APanelRulesAsItsTallySays(uint256 dice) external {
        uint8[] memory choices = new uint8[](15);
        int256[4] memory tally;
        for (uint256 i = 0; i < 15; ++i) {
            choices[i] = uint8((dice >> (2 * i)) % 4);
            ++tally[choices[i]];
        }
        _toCommit(caseId, keccak256(abi.encode(dice)));
        _vote(caseId, holders, choices);
        Ruling expected = Ruling.Undecided;
        bool quorum = 15 - tally[0] >= 5;
        if (quorum && tally[1] > tally[2] && tally[1] > tally[3]) expected = Ruling.Overturned;
        if (quorum && tally[2] > tally[1] && tally[2] > tally[3]) expected = Ruling.Upheld;
        _assertRuling(expected);
        assertEq(court.roundOf(caseId, 0).atFault, uint256(tally[1]));
        assertEq(court.roundOf(caseId, 0).notAtFault, uint256(tally[2]));
        assertEq(court.roundOf(caseId, 0).cannotDecide, uint256(tally[3]));
    }

    /* ALL */

    /// @dev Four of fifteen are more than a fifth. Three are a fifth less what rounding down took from each.
    function test_AllDecideWithAFifthBehindTheWinner() external {
        _toFullVote();
        _assertRules(4, 3, 3, Ruling.Overturned);
        _assertRules(3, 4, 3, Ruling.Upheld);
        _assertRules(3, 3, 4, Ruling.Undecided);
        _assertRules(4, 0, 0, Ruling.Overturned);
        _assertRules(0, 15, 0, Ruling.Upheld);
    }

    /// @dev However many vote: what counts is who stands behind the winner. `Upheld` stood before.
    function test_WithoutAFifthBehindTheWinnerTheRulingStands() external {
        _toFullVote();
        _assertRules(3, 2, 2, Ruling.Upheld);
        _assertRules(3, 0, 0, Ruling.Upheld);
        _assertRules(0, 2, 3, Ruling.Upheld);
        _assertRules(0, 0, 0, Ruling.Upheld);
        _assertRules(7, 1, 7, Ruling.Upheld);
    }

    /* ROUND BY ROUND */

    function test_EachRoundMayChangeTheRuling() external {
        _cast(15, 0, 0);
        _assertRuling(Ruling.Overturned);
        _appealFor(Ruling.Upheld, 1, Ruling.Overturned);
        _cast(0, 15, 0);
        _assertRuling(Ruling.Upheld);
        _appealFor(Ruling.Undecided, 2, Ruling.Upheld);
        _cast(0, 0, 15);
        _assertRuling(Ruling.Undecided);
        _assertPhase(caseId, ICourt.Phase.Final);
    }

    /// @dev Tie, then too few: what the first panel said is final.
    function test_RoundsThatDoNotDecideLeaveTheRulingBeforeThem() external {
        _cast(15, 0, 0);
        _appealFor(Ruling.Upheld, 1, Ruling.Overturned);
        _cast(7, 7, 1);
        _assertRuling(Ruling.Overturned);
        _appealFor(Ruling.Undecided, 2, Ruling.Overturned);
        _cast(0, 3, 0);
        _assertRuling(Ruling.Overturned);
        _assertPhase(caseId, ICourt.Phase.Final);
    }

    function test_WhenNoRoundDecidesNobodyCouldSay() external {
        _cast(4, 0, 0);
        _assertRuling(Ruling.Undecided);
        _appealFor(Ruling.Overturned, 1, Ruling.Undecided);
        // 5 of 15 accounts are 10 of 30 seats: a third. 4 are not.
        _cast(4, 0, 0);
        _assertRuling(Ruling.Undecided);
        _appealFor(Ruling.Upheld, 2, Ruling.Undecided);
        _cast(3, 0, 0);
        _assertRuling(Ruling.Undecided);
    }

    function test_TheSecondPanelNeedsAThirdOfItsOwnSeats() external {
        _cast(15, 0, 0);
        _appealFor(Ruling.Upheld, 1, Ruling.Overturned);
        _assertRules(0, 4, 0, Ruling.Overturned);
        _assertRules(0, 5, 0, Ruling.Upheld);
    }

    /// @dev Until the next round has decided, the one before is what stands, in every phase of it.
    function test_TheRulingStandsThroughTheAppeal() external {
        _cast(15, 0, 0);
        _appealFor(Ruling.Upheld, 1, Ruling.Overturned);
        _assertRuling(Ruling.Overturned);
        _toCommit(caseId, keccak256("next seed"));
        for (uint256 i = 0; i < 15; ++i) _commit(caseId, holders[i], NOT_AT_FAULT);
        _assertRuling(Ruling.Overturned);
        _skipPhase(caseId);
        for (uint256 i = 0; i < 15; ++i) _reveal(caseId, holders[i], NOT_AT_FAULT);
        vm.warp(court.caseOf(caseId).deadline - 1);
        _assertRuling(Ruling.Overturned);
        skip(1);
        _assertRuling(Ruling.Upheld);
    }

    /* APPEALS AS THE COURT SEES THEM */

    function test_AppealsAreOfferedRoundByRound() external {
        assertTrue(court.isAppealable(caseId, 1));
        assertTrue(court.isAppealable(caseId, 2));
        assertFalse(court.isAppealable(caseId, 0));
        assertFalse(court.isAppealable(caseId, 3));
        _cast(15, 0, 0);
        (uint256 round, uint256 fee, Ruling standing) = court.appealTerms(caseId);
        assertEq(round, 1);
        assertEq(fee, 90e18);
        assertEq(uint8(standing), uint8(Ruling.Overturned));
        _appealFor(Ruling.Upheld, 1, Ruling.Overturned);
        assertFalse(court.isAppealable(caseId, 1));
        assertTrue(court.isAppealable(caseId, 2));
        _cast(15, 0, 0);
        (round, fee, ) = court.appealTerms(caseId);
        assertEq(round, 2);
        assertEq(fee, 600e18);
        _skipPhase(caseId);
        assertFalse(court.isAppealable(caseId, 2));
    }

    /* HELPERS */

    /// @dev The rounds before, both for `Upheld`.
    function _toFullVote() private {
        _cast(0, 15, 0);
        _appealFor(Ruling.Overturned, 1, Ruling.Upheld);
        _cast(0, 15, 0);
        _appealFor(Ruling.Overturned, 2, Ruling.Upheld);
    }

    function _appealFor(Ruling asked, uint256 round, Ruling standing) private {
        vm.expectEmit(address(court));
        emit ICourt.RoundOpened(caseId, round, standing);
        _appeal(caseId, asked, outsider);
        assertEq(court.caseOf(caseId).round, round);
        assertEq(court.roundOf(caseId, round).startedAt, block.timestamp);
    }

    /// @dev So many of the fifteen for each choice; the others stay away. From now to the end of reveal.
    function _cast(uint256 atFault, uint256 notAtFault, uint256 cannotDecide) private {
        _toCommit(caseId, keccak256(abi.encode("seed", court.caseOf(caseId).round)));
        uint8[] memory choices = new uint8[](15);
        for (uint256 i = 0; i < 15; ++i) {
            if (i < atFault) choices[i] = AT_FAULT;
            else if (i < atFault + notAtFault) choices[i] = NOT_AT_FAULT;
            else if (i < atFault + notAtFault + cannotDecide) choices[i] = CANNOT_DECIDE;
        }
        _vote(caseId, holders, choices);
    }

    /// @dev What such a vote in the current round would come to; nothing of it stays.
    function _assertRules(uint256 atFault, uint256 notAtFault, uint256 cannotDecide, Ruling expected) private {
        uint256 snapshot = vm.snapshotState();
        _cast(atFault, notAtFault, cannotDecide);
        _assertRuling(expected);
        vm.revertToState(snapshot);
    }

    function _assertRuling(Ruling expected) private view {
        assertEq(uint8(court.currentRuling(caseId)), uint8(expected), "ruling");
    }
}

/// @notice Two holders of 20,000, where votes in all count as 100,000: three seats of 15 each, a fifth of all each.
contract CourtBelowTheFloorTest is CourtTest {
    bytes32 private caseId;

    function setUp() public override {
        super.setUp();
        (, caseId) = _openNew(1);
    }

    function _holderCount() internal pure override returns (uint256) {
        return 2;
    }

    function test_TheFirstToEnrollAreNotTheCourt() external {
        assertEq(court.caseOf(caseId).total, 100_000e18);
        _toCommit(caseId, keccak256("seed"));
        (uint256 weight, ) = court.weightOf(caseId, holders[0]);
        assertEq(weight, 3);
        uint8[] memory choices = new uint8[](2);
        choices[0] = AT_FAULT;
        _vote(caseId, holders, choices);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Undecided));
    }

    function test_TwoFifthsReachTheQuorumOfAPanel() external {
        _voteAll(caseId, AT_FAULT);
        assertEq(court.roundOf(caseId, 0).atFault, 6);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
    }
}
