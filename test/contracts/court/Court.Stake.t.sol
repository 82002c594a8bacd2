// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ICourt } from "../../../contracts/court/ICourt.sol";
import { IModelRegistry } from "../../../contracts/models/IModelRegistry.sol";
import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { Receipt as CredenceReceipt } from "../../../contracts/types/Receipt.sol";
import { Ruling } from "../../../contracts/types/Ruling.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Whose stake weighs in a case: what was enrolled 7 days before it opened, and nothing bought, borrowed or
/// enrolled for it. And what becomes of stake that leaves.
contract CourtStakeTest is CourtTest {
    uint16 private constant FULL = 2;
    uint256 private constant PARTS = 1 << 31;

    bytes32 private fullModelId;
    address private late = makeAddr("late");
    address private outsider = makeAddr("outsider");

    function setUp() public override {
        super.setUp();
        ICourt.Config[] memory more = new ICourt.Config[](1);
        more[0] = ICourt.Config(24 hours, new ICourt.RoundTerms[](1));
        more[0].rounds[0] = ICourt.RoundTerms(0, 0, 20 hours, 30 hours, 0, 60e18, 0, 200);
        vm.prank(owner);
        court.addConfigs(more);
        IModelRegistry.Policy memory policy = _judgedPolicy();
        (policy.challengeWindow, policy.courtConfig) = (10 hours, FULL);
        fullModelId = _publishJudged(policy);
        _approve(outsider);
    }

    /* MATURITY */

    /// @dev A majority that comes one second too late weighs nothing in any round, appeals included.
    function test_StakeOneSecondInsideMaturityWeighsNothing() external {
        _enroll(late, 10_000_000e18);
        vm.warp(block.timestamp + 7 days - 1);
        (, bytes32 caseId) = _openNew(1);
        assertEq(court.caseOf(caseId).total, 200_000e18);
        uint256[3] memory seats = [uint256(15), 61, 0];
        for (uint256 round = 0; round < 3; ++round) {
            _toCommit(caseId, keccak256(abi.encode(round)));
            _assertWeighsNothing(caseId, seats[round]);
            _voteAll(caseId, NOT_AT_FAULT);
            if (round < 2) _appeal(caseId, Ruling.Overturned, outsider);
        }
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Upheld));
        assertEq(_wealth(late), 10_000_000e18);
    }

    function test_StakeAsOldAsMaturityWeighs() external {
        _enroll(late, 200_000e18);
        vm.warp(block.timestamp + 7 days);
        (, bytes32 caseId) = _openNew(1);
        assertEq(court.caseOf(caseId).total, 400_000e18);
        _toCommit(caseId, keccak256("seed"));
        (uint256 weight, uint256 risk) = court.weightOf(caseId, late);
        assertGe(weight, 7);
        assertEq(risk, weight * 30e18);
    }

    /// @dev Borrowed, enrolled and given back around the opening, in one second: nothing at any moment.
    function test_AFlashLoanAroundTheOpeningWeighsNothing() external {
        CredenceReceipt memory receipt = _judgedAnswer(1);
        _enroll(late, 10_000_000e18);
        bytes32 caseId = _open(receipt);
        vm.prank(late);
        vault.unstake(10_000_000e18);
        assertEq(court.caseOf(caseId).total, 200_000e18);
        _toCommit(caseId, keccak256("seed"));
        _assertWeighsNothing(caseId, 15);
        _voteAll(caseId, AT_FAULT);
        assertEq(uint8(court.currentRuling(caseId)), uint8(Ruling.Overturned));
        // And what was lent is bonded for three weeks, or for nothing at all.
        vm.expectRevert(
            abi.encodeWithSelector(
                IStakeVault.NothingToWithdraw.selector,
                10_000_000e18,
                vault.account(late).maturesAt,
                0,
                10_000_000e18
            )
        );
        vm.prank(late);
        vault.withdraw();
    }

    function test_StakeAfterTheOpeningWeighsNothing() external {
        (, bytes32 caseId) = _openNew(1);
        _enroll(late, 10_000_000e18);
        skip(8 days); // no seed: the case is in its appeal phase at 3.5 days, and final after 5
        _assertPhase(caseId, ICourt.Phase.Final);
        (, caseId) = _openNew(2);
        assertEq(court.caseOf(caseId).total, 10_200_000e18);
    }

    /// @dev More stake of somebody who has some counts from its own time on.
    function test_AddedStakeWeighsOnlyWhenItIsMature() external {
        token.transfer(holders[0], 20_000e18);
        vm.startPrank(holders[0]);
        token.approve(address(vault), 20_000e18);
        vault.stake(20_000e18);
        vm.stopPrank();
        bytes32 caseId = _openFull(1);
        skip(24 hours);
        (uint256 weight, uint256 risk) = court.weightOf(caseId, holders[0]);
        assertEq(weight, PARTS / 10);
        assertEq(risk, 400e18);
    }

    /* LEAVING */

    /// @dev It left right after the snapshot, six days before the case: it votes all the same, and pays for its silence.
    function test_StakeThatLeavesAfterTheSnapshotVotesAndIsSlashable() external {
        skip(1 days);
        vm.startPrank(holders[0]);
        vault.unstake(20_000e18);
        vault.unenroll();
        vm.stopPrank();
        vm.prank(holders[1]);
        vault.unstake(20_000e18);
        skip(6 days);
        bytes32 caseId = _openFull(1);
        skip(24 hours);
        _commit(caseId, holders[0], AT_FAULT);
        _commit(caseId, holders[1], AT_FAULT);
        _commit(caseId, holders[2], AT_FAULT);
        assertEq(vault.lockedBy(address(court), holders[0]), 400e18);
        skip(20 hours);
        _reveal(caseId, holders[1], AT_FAULT);
        _reveal(caseId, holders[2], AT_FAULT);
        skip(30 hours + 30 days);
        // Everything but what is at stake can leave; the silent juror's risk cannot.
        vm.prank(holders[0]);
        assertEq(vault.withdraw(), 20_000e18 - 400e18);
        court.claim(caseId, 0, holders[0]);
        assertEq(_wealth(holders[0]), 20_000e18 - 400e18);
        assertEq(vault.account(holders[0]).unbonding, 0);
        court.claim(caseId, 0, holders[1]);
        vm.prank(holders[1]);
        assertEq(vault.withdraw(), 20_000e18);
    }

    /// @dev For a case that opens later than `maturity` after it left, it is gone.
    function test_RevertWhen_TheStakeLeftLongBefore() external {
        vm.prank(holders[0]);
        vault.unstake(20_000e18);
        skip(7 days);
        bytes32 caseId = _openFull(1);
        skip(24 hours);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoSeats.selector, holders[0], 0, 180_000e18, 0));
        vm.prank(holders[0]);
        court.commit(caseId, holders[0], SALT, "");
    }

    /* MANY CASES AT ONCE */

    /// @dev A voter that moved its stake ten thousand times, a second apart, pays a search of fourteen steps more.
    function test_TenThousandCheckpointsCostALogarithm() external {
        address busy = holders[0];
        token.transfer(busy, 10_000);
        vm.startPrank(busy);
        token.approve(address(vault), 10_000);
        for (uint256 i = 0; i < 10_000; ++i) {
            skip(1);
            vault.stake(1);
        }
        vm.stopPrank();
        skip(7 days + 1);
        uint256 few = _wordsOfPastVotes(holders[1]);
        uint256 many = _wordsOfPastVotes(busy);
        assertGt(many, few);
        // One word for each halving of 10,000.
        assertLe(many - few, 14);
    }

    /// @dev Words read, not gas: gas differs when coverage is measured.
    function _wordsOfPastVotes(address account) private returns (uint256) {
        vm.record();
        vault.getPastVotes(account, block.timestamp - 7 days);
        (bytes32[] memory reads, ) = vm.accesses(address(vault));
        return reads.length;
    }

    /// @dev 2 % each: 50 full votes lock all that an account has, the 51st says by how much it is too much.
    function test_ConcurrentFullVotesNeverOverLock() external {
        bytes32[] memory cases = new bytes32[](52);
        for (uint256 i = 0; i < 52; ++i) cases[i] = _openFull(i);
        skip(24 hours);
        for (uint256 i = 0; i < 50; ++i) _commit(cases[i], holders[0], AT_FAULT);
        assertEq(vault.account(holders[0]).locked, HOLDER_STAKE);
        for (uint256 i = 50; i < 52; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.StakeNotLockable.selector, holders[0], 0, 400e18));
            vm.prank(holders[0]);
            court.commit(cases[i], holders[0], SALT, "");
        }
        // Silent in one, it loses that risk and no more; the rest is free again when its cases are over.
        skip(20 hours);
        for (uint256 i = 1; i < 50; ++i) _reveal(cases[i], holders[0], AT_FAULT);
        skip(30 hours);
        for (uint256 i = 0; i < 50; ++i) court.claim(cases[i], 0, holders[0]);
        assertEq(vault.account(holders[0]).locked, 0);
        assertEq(vault.account(holders[0]).active, HOLDER_STAKE - 400e18);
    }

    /* FULL VOTES */

    function test_AFullVoteWeighsShares() external {
        vm.prank(holders[9]);
        vault.unstake(20_000e18 - 1); // one unit is left: less than a part
        skip(7 days + 1);
        bytes32 caseId = _openFull(1);
        skip(24 hours);
        uint256 total = 180_000e18 + 1;
        assertEq(court.caseOf(caseId).total, total);
        (uint256 weight, uint256 risk) = court.weightOf(caseId, holders[0]);
        assertEq(weight, (20_000e18 * PARTS) / total);
        assertEq(risk, 400e18);
        (weight, risk) = court.weightOf(caseId, holders[9]);
        assertEq(weight + risk, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoSeats.selector, holders[9], 1, total, 0));
        vm.prank(holders[9]);
        court.commit(caseId, holders[9], SALT, "");
    }

    /// @dev 2 % of votes that do not divide: rounded up, against the voter.
    function test_RiskIsRoundedUp() external {
        _enroll(late, 1_000e18 + 1);
        skip(7 days + 1);
        bytes32 caseId = _openFull(1);
        skip(24 hours);
        (, uint256 risk) = court.weightOf(caseId, late);
        assertEq(risk, 20e18 + 1);
    }

    /* PRUDENT COVERAGE */

    function test_PrudentCoverageIsAThousandthOfMatureVotes() external {
        assertEq(court.prudentCoverage(), 200e18);
        _enroll(late, 10_000_000e18);
        skip(7 days - 1);
        assertEq(court.prudentCoverage(), 200e18);
        skip(1);
        assertEq(court.prudentCoverage(), 10_200e18);
    }

    function test_PrudentCoverageIsNothingBelowTheFloor() external {
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(holders[i]);
            vault.unstake(20_000e18);
        }
        skip(7 days);
        assertEq(court.prudentCoverage(), 100e18);
        vm.prank(holders[5]);
        vault.unstake(1);
        skip(7 days);
        assertEq(court.prudentCoverage(), 0);
        // The court itself counts the floor, so that the first to enroll are not the court.
        (, bytes32 caseId) = _openNew(1);
        assertEq(court.caseOf(caseId).total, 100_000e18);
    }

    /* HELPERS */

    function _openFull(uint256 job) private returns (bytes32 caseId) {
        judgedModelId = fullModelId;
        (, caseId) = _openNew(job);
    }

    function _assertWeighsNothing(bytes32 caseId, uint256 seats) private {
        (uint256 weight, uint256 risk) = court.weightOf(caseId, late);
        assertEq(weight + risk, 0);
        vm.expectRevert(abi.encodeWithSelector(ICourt.NoSeats.selector, late, 0, 200_000e18, seats));
        vm.prank(late);
        court.commit(caseId, late, SALT, "");
    }
}
