// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IStakeVault } from "../../../contracts/staking/IStakeVault.sol";
import { CourtTest } from "../../setup/CourtTest.sol";

/// @notice Whatever three modules do to one account, in whatever order and amount, its books are right after each step.
contract StakeVaultBooksTest is CourtTest {
    address[3] private modules;
    address private account;
    uint256 private entropy;

    function setUp() public override {
        super.setUp();
        modules = [address(attestations), address(protocol.operators), address(court)];
        account = holders[0];
        vm.startPrank(account);
        vault.optIn(modules[0]);
        vault.optIn(modules[1]);
        vm.stopPrank();
    }

    function testFuzz_LocksAddUpAndTokensAreConserved(uint256 seed) external {
        entropy = seed;
        uint256 others = token.balanceOf(address(vault)) - _inVault();
        for (uint256 i = 0; i < 60; ++i) {
            _step(modules[_below(3)], _amount(), _amount());
            IStakeVault.AccountView memory a = vault.account(account);
            uint256 sum = 0;
            for (uint256 k = 0; k < 3; ++k) sum += vault.lockedBy(modules[k], account);
            assertEq(sum, a.locked, "lockedBy");
            assertLe(a.locked, a.active + a.unbonding, "bonded");
            assertEq(vault.getVotes(account), a.active, "votes");
            assertEq(token.balanceOf(address(vault)) - _inVault(), others, "tokens");
        }
    }

    function _step(address module, uint256 x, uint256 y) private {
        uint256 action = _below(8);
        if (action == 7) skip(_below(30 days));
        vm.prank(action > 5 ? account : module);
        if (action < 2) {
            vault.settle(account, x, y, 0);
        } else if (action == 2) {
            vault.unlock(account, y);
        } else if (action == 3) {
            _seize(x, y);
        } else if (action < 6) {
            // Refused if it is too much.
            try vault.relock(account, y, x % 1e24) {} catch {}
        } else if (action == 6) {
            try vault.unstake(x) {} catch {}
        } else {
            try vault.withdraw() {} catch {}
        }
    }

    /// @dev To a stranger and back to the account, more than there is included.
    function _seize(uint256 x, uint256 y) private {
        address[] memory to = new address[](2);
        uint256[] memory amounts = new uint256[](2);
        (to[0], to[1], amounts[0], amounts[1]) = (stranger, account, y, x);
        vault.seize(account, x, to, amounts);
    }

    /// @dev One in ten is absurd.
    function _amount() private returns (uint256) {
        return _below(10) == 0 ? type(uint256).max - _below(3) : _below(12_000e18);
    }

    function _below(uint256 n) private returns (uint256) {
        entropy = uint256(keccak256(abi.encode(entropy)));
        return entropy % n;
    }

    function _inVault() private view returns (uint256) {
        IStakeVault.AccountView memory a = vault.account(account);
        return a.active + a.unbonding + a.credit + _credit(RESERVE) + _credit(stranger);
    }
}
