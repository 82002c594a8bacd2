// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An account that, in every hook of the token, calls the vault, or whom it is told, a second time, and keeps what
/// came of it.
contract ReentrantAccount {
    address public vault;
    /// @notice Whom the inner call goes to; zero: the vault.
    address public called;
    bytes public inner;
    /// @notice Hooks in which the inner call was made, how many of them succeeded, and what the last one returned.
    uint256 public entered;
    uint256 public succeeded;
    bytes public lastResult;

    bool private _armed;

    function setVault(address vault_) external {
        vault = vault_;
    }

    function setCalled(address called_) external {
        called = called_;
    }

    /// @notice Makes `outer` with `inner_` in its hooks.
    function attack(bytes calldata outer, bytes calldata inner_) external returns (bool success, bytes memory result) {
        inner = inner_;
        _armed = true;
        (success, result) = vault.call(outer);
        _armed = false;
    }

    /// @notice Makes any call as this account.
    function act(address target, bytes calldata data) external {
        (bool success, ) = target.call(data);
        require(success, "act");
    }

    function onTransfer() external {
        if (!_armed) return;
        // A hook inside the inner call does not call again.
        _armed = false;
        bool success;
        (success, lastResult) = (called == address(0) ? vault : called).call(inner);
        ++entered;
        if (success) ++succeeded;
        _armed = true;
    }
}
