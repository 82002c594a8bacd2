// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { Depositor } from "../../mocks/Depositor.sol";
import { FeeToken } from "../../mocks/FeeToken.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice Money of cases inside the vault: brought in by a depositor, moved, kept, settled; and the key that votes.
contract StakeVaultCreditTest is VaultTest {
    Depositor private depositor;

    function setUp() public override {
        super.setUp();
        depositor = new Depositor(vault);
        token.transfer(staker, 1_000e18);
        vm.prank(staker);
        token.approve(address(depositor), type(uint256).max);
    }

    /* DEPOSIT */

    function test_DepositCreditsTheCaller() external {
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited(address(depositor), staker, 100e18);
        depositor.deposit(staker, 100e18);
        _assertCredit(address(depositor), 100e18);
        _assertCredit(staker, 0);
        assertEq(token.balanceOf(staker), 900e18);
        assertEq(token.balanceOf(address(vault)), 100e18);
    }

    function test_RevertWhen_NothingIsDeposited() external {
        vm.expectRevert(IStakeVault.ZeroAmount.selector);
        depositor.deposit(staker, 0);
    }

    function testFuzz_RevertWhen_AnotherAmountArrives(uint96 amount, int96 excess) external {
        amount = uint96(bound(amount, 1, 400e18));
        excess = int96(bound(excess, -int256(uint256(amount)), 400e18));
        vm.assume(excess != 0);
        depositor.setExcess(excess);
        uint256 delivered = uint256(int256(uint256(amount)) + excess);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.TransferAmountMismatch.selector, delivered, amount));
        depositor.deposit(staker, amount);
        _assertCredit(address(depositor), 0);
        assertEq(token.balanceOf(staker), 1_000e18);
    }

    function test_RevertWhen_TheTokenKeepsAFee() external {
        FeeToken fee = new FeeToken(1_000e18);
        Depositor other_ = new Depositor(_deployVault(fee, module));
        fee.approve(address(other_), 100e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.TransferAmountMismatch.selector, 99e18, 100e18));
        other_.deposit(address(this), 100e18);
    }

    /// @dev Whoever is asked for tokens cannot count them twice: stake and deposit once more are refused meanwhile.
    function test_ReentrantDepositorCountsNothingTwice() external {
        bytes[5] memory calls = [
            abi.encodeCall(IStakeVault.deposit, (staker, 100e18)),
            abi.encodeCall(IStakeVault.stake, (100e18)),
            abi.encodeCall(IStakeVault.stakeFor, (staker, 100e18)),
            abi.encodeCall(IStakeVault.claim, (address(depositor))),
            abi.encodeCall(IStakeVault.withdraw, ())
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            depositor.setInner(calls[i]);
            depositor.deposit(staker, 100e18);
            assertFalse(depositor.succeeded());
            assertEq(
                depositor.result(),
                abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
            );
            _assertCredit(address(depositor), (i + 1) * 100e18);
            assertEq(token.balanceOf(address(vault)), (i + 1) * 100e18);
        }
    }

    /// @dev Paying while it is asked moves only what it had before.
    function test_DepositorCannotPayWhatItHasNotBrought() external {
        depositor.setInner(abi.encodeCall(IStakeVault.pay, (other, 100e18)));
        depositor.deposit(staker, 100e18);
        assertFalse(depositor.succeeded());
        assertEq(depositor.result(), abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 0, 100e18));
        depositor.deposit(staker, 100e18);
        assertTrue(depositor.succeeded());
        _assertCredit(address(depositor), 100e18);
        _assertCredit(other, 100e18);
        assertEq(token.balanceOf(address(vault)), 200e18);
    }

    /// @dev The vault asks its caller only: an allowance to one depositor is out of another's reach.
    function test_RevertWhen_AnotherDepositorSpendsTheAllowance() external {
        Depositor thief = new Depositor(vault);
        vm.expectRevert();
        thief.deposit(staker, 1);
        assertEq(token.balanceOf(staker), 1_000e18);
    }

    /* PAY */

    function testFuzz_PayMovesCredit(uint96 amount) external {
        depositor.deposit(staker, 100e18);
        amount = uint96(bound(amount, 1, 100e18));
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited(other, address(depositor), amount);
        depositor.pay(other, amount);
        _assertCredit(other, amount);
        _assertCredit(address(depositor), 100e18 - amount);
        vault.claim(other);
        assertEq(token.balanceOf(other), amount);
        assertEq(token.balanceOf(address(vault)), 100e18 - amount);
    }

    function test_PayToOneselfMakesNothing() external {
        depositor.deposit(staker, 100e18);
        depositor.pay(address(depositor), 60e18);
        _assertCredit(address(depositor), 100e18);
    }

    function test_ZeroRecipientIsTheReserve() external {
        depositor.deposit(staker, 100e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited(RESERVE, address(depositor), 30e18);
        depositor.pay(address(0), 30e18);
        _assertCredit(RESERVE, 30e18);
        _assertCredit(address(0), 0);
    }

    function test_RevertWhen_MoreIsPaidThanThereIs() external {
        depositor.deposit(staker, 100e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 100e18, 100e18 + 1));
        depositor.pay(other, 100e18 + 1);
        depositor.pay(other, 100e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 0, 1));
        depositor.pay(other, 1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 0, 1));
        vm.prank(owner);
        vault.pay(owner, 1);
    }

    /// @dev Stake is not credit: nobody pays with it.
    function test_RevertWhen_StakeIsPaidWith() external {
        _stake(other, 100e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 0, 1));
        vm.prank(other);
        vault.pay(staker, 1);
    }

    /* KEPT CREDIT */

    function test_KeptCreditIsPaidOnAndNeverClaimed() external {
        depositor.deposit(staker, 100e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.CreditToBeKept(address(depositor));
        vm.startPrank(address(depositor));
        vault.keepCredit();
        vault.keepCredit(); // once is enough
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, address(depositor)));
        vault.claim(address(depositor));
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, address(depositor)));
        vm.prank(address(depositor));
        vault.claim(address(depositor));
        assertEq(token.balanceOf(address(vault)), 100e18);
        depositor.pay(other, 100e18);
        assertEq(vault.claim(other), 100e18);
        assertEq(token.balanceOf(other), 100e18);
    }

    function test_CourtAndDisputeManagerKeepTheirs() external {
        address[2] memory keepers = [address(protocol.court), disputes];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditKept.selector, keepers[i]));
            vault.claim(keepers[i]);
        }
    }

    /* SETTLE */

    function test_SettleReleasesForfeitsAndPays() external {
        _stake(other, 100e18);
        _lock(module, other, 50e18);
        _bring(100e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Seized(module, other, 20e18, 20e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited(RESERVE, other, 20e18);
        vm.expectEmit(address(vault));
        emit IStakeVault.Credited(other, module, 7e18);
        vm.prank(module);
        vault.settle(other, 25e18, 20e18, 7e18);
        _assertAccount(other, 80e18, 0, 5e18);
        _assertCredit(RESERVE, 20e18);
        _assertCredit(other, 7e18);
        _assertCredit(module, 93e18);
    }

    function testFuzz_SettleIsClampedToTheModulesOwnLock(
        uint96 own,
        uint96 others,
        uint256 release,
        uint256 forfeited
    ) external {
        own = uint96(bound(own, 0, 40e18));
        others = uint96(bound(others, 0, 40e18));
        _stake(other, 100e18);
        _lock(module, other, own);
        _lock(otherModule, other, others);
        vm.prank(module);
        vault.settle(other, release, forfeited, 0);
        uint256 taken = forfeited < own ? forfeited : own;
        uint256 freed = release < own - taken ? release : own - taken;
        _assertAccount(other, 100e18 - taken, 0, uint256(own) + others - taken - freed);
        assertEq(vault.lockedBy(module, other), own - taken - freed);
        assertEq(vault.lockedBy(otherModule, other), others);
        _assertCredit(RESERVE, taken);
    }

    function test_RevertWhen_SettlingPaysMoreThanThereIs() external {
        _stake(other, 100e18);
        _lock(module, other, 50e18);
        _bring(10e18);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 10e18, 10e18 + 1));
        vm.prank(module);
        vault.settle(other, 25e18, 20e18, 10e18 + 1);
        _assertAccount(other, 100e18, 0, 50e18);
        _assertCredit(RESERVE, 0);
    }

    function test_StrangersSettleNothing() external {
        _stake(other, 100e18);
        _lock(module, other, 50e18);
        vm.prank(owner);
        vault.settle(other, 50e18, 50e18, 0);
        _assertAccount(other, 100e18, 0, 50e18);
        _assertCredit(RESERVE, 0);
    }

    /* THE VOTING KEY */

    function test_VotingKeyIsNamedReplacedAndTakenBack() external {
        assertEq(vault.votingKeyOf(staker), address(0));
        address[3] memory keys = [other, stranger, address(0)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(vault));
            emit IStakeVault.VotingKeySet(staker, keys[i]);
            vm.prank(staker);
            vault.setVotingKey(keys[i]);
            assertEq(vault.votingKeyOf(staker), keys[i]);
        }
        assertEq(vault.votingKeyOf(other), address(0));
    }

    function test_VotingKeyMovesNoMoney() external {
        _stake(staker, 100e18);
        vm.prank(staker);
        vault.setVotingKey(other);
        vm.startPrank(other);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.ActiveTooLow.selector, 0, 1));
        vault.unstake(1);
        vm.expectRevert(abi.encodeWithSelector(IStakeVault.CreditTooLow.selector, 0, 1));
        vault.pay(other, 1);
        _assertAccount(staker, 100e18, 0, 0);
    }

    /// @dev Gives the module credit.
    function _bring(uint256 amount) private {
        depositor.deposit(staker, amount);
        depositor.pay(module, amount);
    }

    function _assertCredit(address account, uint256 expected) private view {
        assertEq(vault.account(account).credit, expected, "credit");
    }
}
