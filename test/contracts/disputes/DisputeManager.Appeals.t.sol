// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IDisputeManager } from "../../../contracts/disputes/IDisputeManager.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { DisputeTest } from "../../setup/DisputeTest.sol";

/// @notice Pools that finance appeals: who may add what, and what comes back.
contract DisputeManagerAppealsTest is DisputeTest {
    /// @dev Bond of 366 and fee of 183.
    uint256 private constant COST = 549e18;

    CredenceReceipt private receipt;
    bytes32 private caseId;

    /// @dev A case whose first round found for the operator, in the time to appeal.
    function setUp() public override {
        super.setUp();
        (receipt, caseId) = _openNew(1);
        _voteAll(caseId, NOT_AT_FAULT);
        _note();
    }

    /* FUNDING */

    function test_FundedAtOnce() external {
        (uint256 round, uint256 cost) = disputeManager.appealCost(caseId);
        assertEq(round, 1);
        assertEq(cost, COST);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.Contributed(caseId, 1, outsider, Ruling.Overturned, COST, 0);
        vm.expectEmit(address(court));
        emit ICourt.RoundOpened(caseId, 1, Ruling.Upheld);
        assertEq(_contribute(caseId, Ruling.Overturned, outsider, COST), COST);
        assertEq(_gain(outsider), -int256(COST));
        assertEq(court.caseOf(caseId).round, 1);
        _assertPhase(caseId, ICourt.Phase.Seeding);
        _assertPool(1, Ruling.Overturned, COST, 0, true);
        assertEq(_credit(address(court)), 45e18 + 183e18);
        assertEq(_credit(address(disputeManager)), 183e18 + 366e18);
    }

    function test_SecondAppealCostsTwiceTheBondAndTheLastFee() external {
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        (uint256 round, uint256 cost) = disputeManager.appealCost(caseId);
        assertEq(round, 2);
        assertEq(cost, 732e18 + 600e18);
        assertEq(_contribute(caseId, Ruling.Overturned, rival, type(uint256).max), cost);
        assertEq(_gain(rival), -int256(cost));
        _voteAll(caseId, AT_FAULT);
        _assertPhase(caseId, ICourt.Phase.Final);
    }

    function test_LastContributionIsClamped() external {
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.Contributed(caseId, 1, outsider, Ruling.Overturned, 500e18, 49e18);
        assertEq(_contribute(caseId, Ruling.Overturned, outsider, 500e18), 500e18);
        _assertPool(1, Ruling.Overturned, 500e18, 0, false);
        _assertPhase(caseId, ICourt.Phase.Appeal);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.Contributed(caseId, 1, rival, Ruling.Overturned, 49e18, 0);
        assertEq(_contribute(caseId, Ruling.Overturned, rival, 200e18), 49e18);
        assertEq(_gain(rival), -49 * E);
        assertEq(disputeManager.contributionOf(caseId, 1, Ruling.Overturned, rival), 49e18);
    }

    function test_AThousandOneWeiContributors() external {
        for (uint160 i = 0; i < 1_000; ++i) {
            address contributor = address(0x10000 + i);
            token.transfer(contributor, 1);
            vm.startPrank(contributor);
            token.approve(address(disputeManager), 1);
            assertEq(disputeManager.contribute(caseId, Ruling.Overturned, 1), 1);
            vm.stopPrank();
        }
        assertEq(_contribute(caseId, Ruling.Overturned, outsider, COST), COST - 1_000);
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        // 366 of bond, 183 of fee and, of the bounty of 57, half the fee of the round that was turned.
        uint256 payout = 571.5e18;
        _assertPool(1, Ruling.Overturned, COST, payout, true);
        for (uint160 i = 0; i < 1_000; ++i) {
            // 571.5 / 549 of one unit.
            assertEq(_withdraw(caseId, 1, Ruling.Overturned, address(0x10000 + i)), 1);
        }
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), payout - 1_000);
        _assertPool(1, Ruling.Overturned, 0, 0, true);
        assertEq(_credit(address(disputeManager)), 0);
    }

    function test_RivalPoolsAndTheFirstFullOneWins() external {
        _contribute(caseId, Ruling.Overturned, outsider, 300e18);
        _contribute(caseId, Ruling.Undecided, rival, 548e18);
        _assertPool(1, Ruling.Undecided, 548e18, 0, false);
        _contribute(caseId, Ruling.Overturned, outsider, 249e18);
        _assertPool(1, Ruling.Overturned, COST, 0, true);
        assertEq(court.caseOf(caseId).round, 1);
        // The other is refused now, and has all back at once.
        vm.expectRevert(_inPhase(ICourt.Phase.Seeding));
        _contribute(caseId, Ruling.Undecided, rival, 1e18);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.ContributionWithdrawn(caseId, 1, rival, Ruling.Undecided, 548e18);
        assertEq(_withdraw(caseId, 1, Ruling.Undecided, rival), 548e18);
        assertEq(_gain(rival), 0);
        _assertPool(1, Ruling.Undecided, 0, 0, false);
    }

    /* REFUNDS */

    function test_UnfundedPoolIsRefundedInFull() external {
        _contribute(caseId, Ruling.Overturned, outsider, 300e18);
        _contribute(caseId, Ruling.Overturned, rival, 248.999e18);
        _skipPhase(caseId);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), 300e18);
        disputeManager.settle(receipt);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, rival), 248.999e18);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), 0);
        assertEq(_credit(address(disputeManager)), 0);
    }

    function test_RevertWhen_WithdrawnWhileTheAppealIsOpen() external {
        _contribute(caseId, Ruling.Overturned, outsider, 300e18);
        uint256 deadline = court.caseOf(caseId).deadline;
        vm.warp(deadline - 1);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.AppealStillOpen.selector, caseId, 1));
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        vm.warp(deadline);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), 300e18);
    }

    function test_RevertWhen_TheFundedPoolIsNotSettled() external {
        _appeal(caseId, Ruling.Overturned, outsider);
        bytes memory expected = abi.encodeWithSelector(
            IDisputeManager.CaseInState.selector,
            caseId,
            IDisputeManager.CaseState.Open,
            IDisputeManager.CaseState.Settled
        );
        vm.expectRevert(expected);
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        _skipPhase(caseId);
        vm.expectRevert(expected);
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
    }

    function test_RevertWhen_WithdrawnTwiceOrByNobody() external {
        _contribute(caseId, Ruling.Overturned, outsider, 300e18);
        _skipPhase(caseId);
        _withdraw(caseId, 1, Ruling.Overturned, outsider);
        _expectNothing(1, Ruling.Overturned, outsider);
        _expectNothing(1, Ruling.Undecided, outsider);
        _expectNothing(2, Ruling.Overturned, outsider);
        _expectNothing(1, Ruling.Overturned, rival);
    }

    function test_FullRefundAfterAProof() external {
        _contribute(caseId, Ruling.Overturned, outsider, 300e18);
        _contribute(caseId, Ruling.Undecided, rival, 548e18);
        _prove(receipt);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), 300e18);
        assertEq(_withdraw(caseId, 1, Ruling.Undecided, rival), 548e18);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), 0);
    }

    /* SHARES */

    /// @dev Of what is left, for what is left: no unit stays, in any order.
    function testFuzz_SharesAreExactAndNoneIsLeft(uint96[4] memory amounts, bool backwards) external {
        address[5] memory by = [address(0x101), address(0x102), address(0x103), address(0x104), outsider];
        uint256 put = 0;
        for (uint256 i = 0; i < 4; ++i) {
            amounts[i] = uint96(bound(amounts[i], 1, 130e18));
            token.transfer(by[i], amounts[i]);
            vm.prank(by[i]);
            token.approve(address(disputeManager), amounts[i]);
            put += _contribute(caseId, Ruling.Overturned, by[i], amounts[i]);
        }
        assertEq(_contribute(caseId, Ruling.Overturned, outsider, COST), COST - put);
        _voteAll(caseId, AT_FAULT);
        _settle(receipt, caseId);
        uint256 sum = 0;
        for (uint256 i = 0; i < 5; ++i) {
            uint256 k = backwards ? 4 - i : i;
            uint256 own = k == 4 ? COST - put : amounts[k];
            uint256 amount = _withdraw(caseId, 1, Ruling.Overturned, by[k]);
            sum += amount;
            assertApproxEqAbs(amount, (571.5e18 * own) / COST, 5, "share");
        }
        assertEq(sum, 571.5e18);
        _assertPool(1, Ruling.Overturned, 0, 0, true);
        assertEq(_credit(address(disputeManager)), 0);
    }

    /// @dev Who asked for the wrong ruling withdraws nothing, once.
    function test_WrongPoolGetsNothing() external {
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, NOT_AT_FAULT);
        _settle(receipt, caseId);
        vm.expectEmit(address(disputeManager));
        emit IDisputeManager.ContributionWithdrawn(caseId, 1, outsider, Ruling.Overturned, 0);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), 0);
        assertEq(_gain(outsider), -int256(COST));
        _expectNothing(1, Ruling.Overturned, outsider);
    }

    /* REFUSED */

    function test_RevertWhen_TheRulingAskedForStands() external {
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.RulingStands.selector, caseId, Ruling.Upheld));
        _contribute(caseId, Ruling.Upheld, operator, 1e18);
        _appeal(caseId, Ruling.Overturned, outsider);
        _voteAll(caseId, AT_FAULT);
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.RulingStands.selector, caseId, Ruling.Overturned));
        _contribute(caseId, Ruling.Overturned, outsider, 1e18);
    }

    function test_RevertWhen_NothingIsContributed() external {
        vm.expectRevert(IDisputeManager.ContributionZero.selector);
        _contribute(caseId, Ruling.Overturned, outsider, 0);
    }

    function test_RevertWhen_ThereIsNoCase() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDisputeManager.CaseInState.selector,
                bytes32("none"),
                IDisputeManager.CaseState.None,
                IDisputeManager.CaseState.Open
            )
        );
        _contribute("none", Ruling.Overturned, outsider, 1e18);
    }

    function test_LastSecondOfTheAppealCounts() external {
        vm.warp(court.caseOf(caseId).deadline - 1);
        assertEq(_contribute(caseId, Ruling.Overturned, outsider, COST), COST);
        assertEq(court.caseOf(caseId).round, 1);
    }

    function test_RevertWhen_OneSecondLate() external {
        _contribute(caseId, Ruling.Overturned, outsider, COST - 1);
        _skipPhase(caseId);
        vm.expectRevert(_inPhase(ICourt.Phase.Final));
        _contribute(caseId, Ruling.Overturned, rival, 1);
        assertEq(_withdraw(caseId, 1, Ruling.Overturned, outsider), COST - 1);
        assertEq(_gain(outsider), 0);
        assertEq(_gain(rival), 0);
    }

    function test_RevertWhen_BeforeTheRoundIsOver() external {
        (, bytes32 other) = _openNew(2);
        uint256 deadline = court.caseOf(other).deadline;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                other,
                ICourt.Phase.Evidence,
                ICourt.Phase.Appeal,
                block.timestamp,
                deadline
            )
        );
        _contribute(other, Ruling.Upheld, outsider, 1e18);
    }

    /* HELPERS */

    function _inPhase(ICourt.Phase actual) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ICourt.CaseInPhase.selector,
                caseId,
                actual,
                ICourt.Phase.Appeal,
                block.timestamp,
                court.caseOf(caseId).deadline
            );
    }

    function _expectNothing(uint256 round, Ruling asked, address by) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeManager.NothingContributed.selector, caseId, round, asked, by));
        _withdraw(caseId, round, asked, by);
    }

    function _assertPool(uint256 round, Ruling asked, uint256 raised, uint256 payout, bool funded) private view {
        IDisputeManager.PoolView memory pool = disputeManager.poolOf(caseId, round, asked);
        assertEq(pool.raised, raised, "raised");
        assertEq(pool.payout, payout, "payout");
        assertEq(pool.funded, funded, "funded");
    }
}
