// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Errors } from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { StakeVault } from "../../../contracts/staking/StakeVault.sol";
import { CredenceToken } from "../../../contracts/token/CredenceToken.sol";
import { BlockingToken } from "../../mocks/BlockingToken.sol";
import { FeeToken } from "../../mocks/FeeToken.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Stake going in and coming out. Locks: StakeVault.Locks.t.sol; votes: StakeVault.Votes.t.sol.
contract StakeVaultTest is VaultTest {
    uint256 private constant MAX = type(uint96).max;

    /* DEPLOYMENT */

    function test_DeploymentFixesItsNumbers() external view {
        assertEq(address(vault.TOKEN()), address(token));
        assertEq(vault.RESERVE(), RESERVE);
        assertEq(vault.UNBONDING_PERIOD(), 21 days);
        assertEq(vault.MODULE_DELAY(), 35 days);
        assertEq(vault.MIN_ENROLL(), 500e18);
    }

    function test_RevertWhen_TokenOrReserveIsZero() external {
        address access = address(protocol.access);
        vm.expectRevert(IStakeVault.ZeroAddress.selector);
        new StakeVault(access, IERC20(address(0)), RESERVE, 21 days, 35 days, 0);
        vm.expectRevert(IStakeVault.ZeroAddress.selector);
        new StakeVault(access, token, address(0), 21 days, 35 days, 0);
    }

    function test_RevertWhen_ModuleDelayIsNotLongerThanUnbonding() external {
        address access = address(protocol.access);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ModuleDelayTooShort.selector, 40 days, 40 days + 1));
        new StakeVault(access, token, RESERVE, 40 days, 40 days, 0);
        assertEq(new StakeVault(access, token, RESERVE, 40 days, 40 days + 1, 0).MODULE_DELAY(), 40 days + 1);
    }

    function test_RevertWhen_ModuleDelayIsShorterThanTwoWindowsAndTheLongestCase() external {
        address access = address(protocol.access);
        uint40 minimum = 29 days + 12 hours;
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ModuleDelayTooShort.selector, minimum - 1, minimum));
        new StakeVault(access, token, RESERVE, 21 days, minimum - 1, 0);
        assertEq(new StakeVault(access, token, RESERVE, 21 days, minimum, 0).MODULE_DELAY(), minimum);
    }

    /* STAKING */

    function test_StakeMovesTokensIntoTheVault() external {
        token.transfer(staker, 100e18);
        vm.startPrank(staker);
        token.approve(address(vault), 60e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Staked({ account: staker, payer: staker, amount: 60e18 });
        vault.stake(60e18);

        _assertAccount(staker, 60e18, 0, 0);
        assertEq(token.balanceOf(staker), 40e18);
        assertEq(token.balanceOf(address(vault)), 60e18);
    }

    function test_StakeForChangesNothingButTheAmount() external {
        _stake(other, 1_000e18);
        _optIn(other, module);
        token.transfer(staker, 700e18);
        vm.startPrank(staker);
        token.approve(address(vault), 700e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Staked({ account: other, payer: staker, amount: 700e18 });
        vault.stakeFor(other, 700e18);

        IStakeVault.AccountView memory a = vault.account(other);
        assertEq(a.active, 1_700e18);
        assertEq(a.unbonding + a.maturesAt + a.locked + a.credit, 0);
        assertFalse(a.enrolled);
        assertEq(vault.optedInUntil(other, module), OPEN_ENDED);
        assertEq(vault.optedInUntil(other, otherModule), 0);
        _assertAccount(staker, 0, 0, 0);
        assertEq(token.balanceOf(staker), 0);
    }

    function test_StakeForDoesNotRestartTheTicket() external {
        _stake(other, 100e18);
        _unstake(other, 100e18);
        uint256 maturesAt = vault.account(other).maturesAt;
        vm.warp(block.timestamp + 1 days);
        token.approve(address(vault), 1);
        vault.stakeFor(other, 1);
        assertEq(vault.account(other).maturesAt, maturesAt);
        assertEq(vault.account(other).unbonding, 100e18);
    }

    function test_StakeAndEnrollVotesWithAllThatIsActive() external {
        _stake(staker, 100e18);
        token.transfer(staker, 400e18);
        vm.startPrank(staker);
        token.approve(address(vault), 400e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Staked({ account: staker, payer: staker, amount: 400e18 });
        vm.expectEmit(address(vault));
        emit IStakeVault.Enrolled({ account: staker, votes: 500e18 });
        vault.stakeAndEnroll(400e18);

        _assertAccount(staker, 500e18, 0, 0);
        assertTrue(vault.account(staker).enrolled);
        assertEq(vault.getVotes(staker), 500e18);
    }

    function test_RevertWhen_StakeAndEnrollStaysBelowTheMinimum() external {
        token.transfer(staker, 499e18);
        vm.startPrank(staker);
        token.approve(address(vault), 499e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnrollMinimum.selector, 499e18, 500e18));
        vault.stakeAndEnroll(499e18);
        assertEq(token.balanceOf(staker), 499e18);
    }

    function test_RevertWhen_StakeAndEnrollIsCalledByAnEnrolledAccount() external {
        _stake(staker, 500e18);
        token.transfer(staker, 1);
        vm.startPrank(staker);
        vault.enroll();
        token.approve(address(vault), 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.EnrolledAlready.selector, true));
        vault.stakeAndEnroll(1);
    }

    function test_RevertWhen_AmountIsZero() external {
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        vault.stake(0);
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        vault.stakeFor(other, 0);
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        vault.stakeAndEnroll(0);
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        vault.stakeWithPermit(0, 0, 0, 0, 0);
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        vault.unstake(0);
    }

    function test_RevertWhen_StakedForTheZeroAddress() external {
        token.approve(address(vault), 1);
        vm.expectRevert(IStakeVault.ZeroAddress.selector);
        vault.stakeFor(address(0), 1);
    }

    function test_RevertWhen_AllowanceIsTooLow() external {
        token.approve(address(vault), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(vault), 1, 2));
        vault.stake(2);
    }

    function test_RevertWhen_AmountDoesNotFitAnAccount() external {
        _useLargeToken();
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.AmountTooLarge.selector, MAX + 1, MAX));
        vault.stake(MAX + 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.AmountTooLarge.selector, type(uint256).max, MAX));
        vault.stake(type(uint256).max);

        vault.stake(MAX);
        _assertAccount(address(this), MAX, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.AmountTooLarge.selector, MAX + 1, MAX));
        vault.stake(1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.AmountTooLarge.selector, MAX + 3, MAX));
        vault.stakeAndEnroll(3);
    }

    function test_RevertWhen_TicketDoesNotFitAnAccount() external {
        _useLargeToken();
        vault.stake(MAX);
        vault.unstake(MAX);
        vault.stake(MAX);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.AmountTooLarge.selector, MAX + 1, MAX));
        vault.unstake(1);

        vm.warp(block.timestamp + UNBONDING);
        assertEq(vault.withdraw(), MAX);
        _assertAccount(address(this), MAX, 0, 0);
    }

    function test_RevertWhen_TokenKeepsAFee() external {
        FeeToken fee = new FeeToken(1_000e18);
        vault = _deployVault(fee, module);
        fee.approve(address(vault), 200e18);
        bytes memory mismatch = abi.encodeWithSelector(IStakeVault.TransferAmountMismatch.selector, 99e18, 100e18);
        vm.expectRevert(mismatch);
        vault.stake(100e18);
        vm.expectRevert(mismatch);
        vault.stakeFor(other, 100e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.TransferAmountMismatch.selector, 198e18, 200e18));
        vault.stakeAndEnroll(200e18);
        assertEq(fee.balanceOf(address(this)), 1_000e18);
    }

    /* UNSTAKING AND WITHDRAWING */

    function test_UnstakeMovesActiveToTheTicket() external {
        _stake(staker, 100e18);
        uint256 maturesAt = block.timestamp + UNBONDING;
        vm.expectEmit(address(vault));
        emit IStakeVault.Unstaked({ account: staker, amount: 30e18, maturesAt: maturesAt });
        _unstake(staker, 30e18);
        _assertAccount(staker, 70e18, 30e18, 0);
        assertEq(vault.account(staker).maturesAt, maturesAt);
        assertEq(token.balanceOf(staker), 0);
    }

    function test_SecondUnstakeJoinsTheTicketAndRestartsItsClock() external {
        _stake(staker, 100e18);
        _unstake(staker, 30e18);
        vm.warp(block.timestamp + 20 days);
        _unstake(staker, 1);
        uint256 maturesAt = block.timestamp + UNBONDING;
        assertEq(vault.account(staker).maturesAt, maturesAt);
        assertEq(vault.account(staker).unbonding, 30e18 + 1);

        vm.warp(maturesAt - 1);
        _expectNothingToWithdraw(30e18 + 1, maturesAt, 0, 100e18);
        vm.warp(maturesAt);
        assertEq(_withdraw(), 30e18 + 1);
    }

    /// @dev Matured stake that was not fetched waits again: one ticket, one clock.
    function test_UnstakingRestartsAMaturedTicketToo() external {
        _stake(staker, 100e18);
        _unstake(staker, 30e18);
        vm.warp(block.timestamp + UNBONDING);
        _unstake(staker, 1);
        _expectNothingToWithdraw(30e18 + 1, block.timestamp + UNBONDING, 0, 100e18);
    }

    function test_RevertWhen_MoreIsUnstakedThanIsActive() external {
        _stake(staker, 100e18);
        _unstake(staker, 30e18);
        vm.prank(staker);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ActiveTooLow.selector, 70e18, 70e18 + 1));
        vault.unstake(70e18 + 1);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ActiveTooLow.selector, 0, type(uint256).max));
        vault.unstake(type(uint256).max);
    }

    function test_TicketIsPaidFromItsSecondOnAndNotBefore() external {
        _stake(staker, 100e18);
        _unstake(staker, 40e18);
        uint256 maturesAt = block.timestamp + UNBONDING;
        vm.warp(maturesAt - 1);
        _expectNothingToWithdraw(40e18, maturesAt, 0, 100e18);

        vm.warp(maturesAt);
        vm.expectEmit(address(vault));
        emit IStakeVault.Withdrawn({ account: staker, amount: 40e18 });
        assertEq(_withdraw(), 40e18);
        assertEq(token.balanceOf(staker), 40e18);
        assertEq(token.balanceOf(address(vault)), 60e18);
        _assertAccount(staker, 60e18, 0, 0);
        _expectNothingToWithdraw(0, maturesAt, 0, 60e18);
    }

    function test_RevertWhen_NothingWasEverUnstaked() external {
        _expectNothingToWithdraw(0, 0, 0, 0);
        _stake(staker, 5);
        _expectNothingToWithdraw(0, 0, 0, 5);
    }

    /// @dev 100 active, 100 matured, 120 locked: 80 are free, and the rest when the lock is.
    function test_MaturedTicketLeavesAsFarAsNothingLocksIt() external {
        _stake(staker, 200e18);
        _lock(module, staker, 120e18);
        _unstake(staker, 100e18);
        vm.warp(block.timestamp + UNBONDING);

        assertEq(_withdraw(), 80e18);
        _assertAccount(staker, 100e18, 20e18, 120e18);
        _expectNothingToWithdraw(20e18, vault.account(staker).maturesAt, 120e18, 120e18);

        vm.prank(module);
        vault.unlock(staker, 5e18);
        assertEq(_withdraw(), 5e18);
        vm.prank(module);
        vault.unlock(staker, 115e18);
        assertEq(_withdraw(), 15e18);
        _assertAccount(staker, 100e18, 0, 0);
        assertEq(token.balanceOf(staker), 100e18);
    }

    function testFuzz_WithdrawPaysTheLeastOfMaturedAndFree(uint96 staked, uint256 unstaked, uint256 locked) external {
        staked = uint96(bound(staked, 2, 1e26));
        unstaked = bound(unstaked, 1, staked);
        locked = bound(locked, 0, (uint256(staked) * 9) / 10);
        _stake(staker, staked);
        _lock(module, staker, locked);
        _unstake(staker, unstaked);
        vm.warp(block.timestamp + UNBONDING);

        uint256 free = staked - locked;
        uint256 expected = unstaked < free ? unstaked : free;
        assertEq(_withdraw(), expected);
        assertEq(token.balanceOf(staker), expected);
        _assertAccount(staker, staked - unstaked, unstaked - expected, locked);
    }

    /* CLAIMING */

    function test_AnybodyClaimsForTheAccountAlone() external {
        _stake(staker, 100e18);
        _lock(module, staker, 50e18);
        _seize(module, staker, 20e18, other);
        assertEq(vault.account(other).credit, 20e18);

        vm.expectEmit(address(vault));
        emit IStakeVault.Claimed({ account: other, amount: 20e18 });
        vm.prank(stranger);
        assertEq(vault.claim(other), 20e18);
        assertEq(token.balanceOf(other), 20e18);
        assertEq(token.balanceOf(stranger), 0);
        assertEq(vault.account(other).credit, 0);

        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NothingToClaim.selector, other));
        vault.claim(other);
    }

    function test_RevertWhen_AccountHasNoCredit() external {
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.NothingToClaim.selector, stranger));
        vault.claim(stranger);
    }

    /// @dev The token refuses one recipient: seizing, paying the others and leaving go on as if nothing were.
    function test_BlockedRecipientHurtsOnlyItself() external {
        BlockingToken blocking = new BlockingToken(1_000e18);
        vault = _deployVault(blocking, module);
        blocking.approve(address(vault), 200e18);
        vault.stakeFor(staker, 100e18);
        vault.stakeFor(other, 100e18);
        _lock(module, staker, 60e18);
        blocking.setBlocked(other);

        address[] memory recipients = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (recipients[0], amounts[0]) = (other, 10e18);
        (recipients[1], amounts[1]) = (stranger, 20e18);
        vm.prank(module);
        assertEq(vault.seize(staker, 60e18, recipients, amounts), 60e18);

        assertEq(vault.claim(stranger), 20e18);
        assertEq(vault.claim(RESERVE), 30e18);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, other));
        vault.claim(other);
        _unstake(staker, 40e18);
        _unstake(other, 100e18);
        vm.warp(block.timestamp + UNBONDING);
        assertEq(_withdraw(), 40e18);
        vm.prank(other);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, other));
        vault.withdraw();

        // Nothing is lost: it waits until the token delivers again.
        blocking.setBlocked(address(0));
        assertEq(vault.claim(other), 10e18);
        vm.prank(other);
        assertEq(vault.withdraw(), 100e18);
        assertEq(blocking.balanceOf(address(vault)), 0);
    }

    /* INTERNAL */

    /// @dev A token with more in circulation than one account can hold, all of it the test's.
    function _useLargeToken() private {
        token = new CredenceToken(address(this), 8 * MAX);
        vault = _deployVault(token, module);
        token.approve(address(vault), type(uint256).max);
    }

    function _withdraw() private returns (uint256) {
        vm.prank(staker);
        return vault.withdraw();
    }

    function _expectNothingToWithdraw(uint256 unbonding, uint256 maturesAt, uint256 locked, uint256 bonded) private {
        vm.expectRevert(
            abi.encodeWithSelector(IStakeVault.NothingToWithdraw.selector, unbonding, maturesAt, locked, bonded)
        );
        vm.prank(staker);
        vault.withdraw();
    }
}
