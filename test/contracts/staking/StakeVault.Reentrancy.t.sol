// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { HookToken } from "../../mocks/HookToken.sol";
import { ReentrantAccount } from "../../mocks/ReentrantAccount.sol";
import { VaultTest } from "../../setup/VaultTest.sol";

/// @notice A token that calls its holder in every transfer, and a holder, itself a module, that calls the vault again.
contract StakeVaultReentrancyTest is VaultTest {
    uint256 private constant STAKE_AND_ENROLL = 2;
    uint256 private constant ENROLL = 1;

    HookToken private _hook;
    ReentrantAccount private _attacker;

    /// @dev Every function that moves tokens, from within every function that does.
    function test_FunctionsThatMoveTokensRefuseASecondCall() external {
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < 6; ++j) {
                _prepare();
                (bool success, ) = _attacker.attack(_moving()[i], _moving()[j]);
                assertTrue(success);
                assertEq(_attacker.entered(), 2, "hooks before and after the transfer");
                assertEq(_attacker.succeeded(), 0);
                assertEq(
                    _attacker.lastResult(),
                    abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
                );
                _assertNothingGained();
            }
        }
    }

    /// @dev The others go through, and no amount is counted twice or lost.
    function test_OtherFunctionsKeepTheBooksRight() external {
        for (uint256 i = 0; i < 6; ++i) {
            for (uint256 j = 0; j < 7; ++j) {
                _prepare();
                (bool success, bytes memory result) = _attacker.attack(_moving()[i], _open()[j]);
                if (i == STAKE_AND_ENROLL && j == ENROLL) {
                    assertFalse(success);
                    assertEq(result, abi.encodeWithSelector(IStakeVault.EnrolledAlready.selector, true));
                } else {
                    assertTrue(success);
                    assertEq(_attacker.entered(), 2);
                    assertGt(_attacker.succeeded(), 0);
                }
                _assertNothingGained();
            }
        }
    }

    /// @dev Unstaking while the own stake arrives moves both amounts, each once.
    function test_UnstakeWithinStake() external {
        _prepare();
        _attacker.attack(abi.encodeCall(IStakeVault.stake, (70e18)), abi.encodeCall(IStakeVault.unstake, (30e18)));
        assertEq(_attacker.succeeded(), 2);
        _assertAccount(address(_attacker), 1_000e18 + 70e18 - 60e18, 200e18 + 60e18, 100e18);
        _assertNothingGained();
    }

    function test_UnenrollWithinStake() external {
        _prepare();
        _actOnVault(abi.encodeCall(IStakeVault.enroll, ()));
        _attacker.attack(abi.encodeCall(IStakeVault.stake, (70e18)), abi.encodeCall(IStakeVault.unenroll, ()));
        assertEq(_attacker.succeeded(), 1);
        assertEq(vault.getVotes(address(_attacker)), 0);
        _assertNothingGained();
    }

    /// @dev Seizing while the ticket is paid out takes what is locked, 100, from active stake.
    function test_SeizeWithinWithdraw() external {
        _prepare();
        _attacker.attack(abi.encodeCall(IStakeVault.withdraw, ()), _seizeCall(60e18));
        assertEq(_attacker.succeeded(), 2);
        _assertAccount(address(_attacker), 900e18, 0, 0);
        assertEq(_hook.balanceOf(address(_attacker)), 1_000e18 + 200e18);
        _assertNothingGained();
    }

    /* INTERNAL */

    /// @dev 1,000 active, a matured ticket of 200, 50 credit, 100 locked by itself, 1,000 in the wallet.
    function _prepare() private {
        _hook = new HookToken(10_000e18);
        _attacker = new ReentrantAccount();
        vault = _deployVault(_hook, address(_attacker));
        _attacker.setVault(address(vault));

        _hook.approve(address(vault), 1_250e18);
        vault.stakeFor(address(_attacker), 1_250e18);
        _hook.transfer(address(_attacker), 1_000e18);
        _attacker.act(address(_hook), abi.encodeCall(_hook.approve, (address(vault), type(uint256).max)));
        _actOnVault(abi.encodeCall(IStakeVault.optIn, (address(_attacker))));
        _actOnVault(abi.encodeCall(IStakeVault.lock, (address(_attacker), 150e18)));
        _actOnVault(_seizeCall(50e18));
        _actOnVault(abi.encodeCall(IStakeVault.unstake, (200e18)));
        _hook.setHooked(address(_attacker));
        vm.warp(block.timestamp + UNBONDING);
        _assertAccount(address(_attacker), 1_000e18, 200e18, 100e18);
    }

    function _actOnVault(bytes memory call) private {
        _attacker.act(address(vault), call);
    }

    function _moving() private view returns (bytes[] memory calls) {
        calls = new bytes[](6);
        calls[0] = abi.encodeCall(IStakeVault.stake, (70e18));
        calls[1] = abi.encodeCall(IStakeVault.stakeFor, (other, 70e18));
        calls[STAKE_AND_ENROLL] = abi.encodeCall(IStakeVault.stakeAndEnroll, (70e18));
        calls[3] = abi.encodeCall(IStakeVault.stakeWithPermit, (70e18, 0, 0, 0, 0));
        calls[4] = abi.encodeCall(IStakeVault.withdraw, ());
        calls[5] = abi.encodeCall(IStakeVault.claim, (address(_attacker)));
    }

    function _open() private view returns (bytes[] memory calls) {
        calls = new bytes[](7);
        calls[0] = abi.encodeCall(IStakeVault.unstake, (30e18));
        calls[ENROLL] = abi.encodeCall(IStakeVault.enroll, ());
        calls[2] = abi.encodeCall(IStakeVault.optOut, (address(_attacker)));
        calls[3] = abi.encodeCall(IStakeVault.lock, (address(_attacker), 20e18));
        calls[4] = abi.encodeCall(IStakeVault.unlock, (address(_attacker), 20e18));
        calls[5] = abi.encodeCall(IStakeVault.relock, (address(_attacker), 50e18, 20e18));
        calls[6] = _seizeCall(30e18);
    }

    function _seizeCall(uint256 amount) private view returns (bytes memory) {
        address[] memory recipients = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        (recipients[0], amounts[0]) = (address(_attacker), amount);
        return abi.encodeCall(IStakeVault.seize, (address(_attacker), amount, recipients, amounts));
    }

    /// @dev The attacker's tokens, stake and credit, with what it staked for another, are what they were.
    function _assertNothingGained() private {
        IStakeVault.AccountView memory a = vault.account(address(_attacker));
        uint256 held = a.active + a.unbonding + a.credit + vault.account(other).active;
        assertEq(_hook.balanceOf(address(_attacker)) + held, 2_250e18, "wealth");
        assertEq(_hook.balanceOf(address(vault)), held, "vault");
        assertEq(a.locked, vault.lockedBy(address(_attacker), address(_attacker)));
        assertLe(a.locked, a.active + a.unbonding);
        uint256 votes = a.enrolled ? a.active : 0;
        assertEq(vault.getVotes(address(_attacker)), votes);
        vm.warp(block.timestamp + 1);
        assertEq(vault.getPastVotes(address(_attacker), block.timestamp - 1), votes);
        assertEq(vault.getPastTotalSupply(block.timestamp - 1), votes);
    }
}
