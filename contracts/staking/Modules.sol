// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { IAccessManager } from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import { Math } from "@openzeppelin/contracts/utils/math/Math.sol";

import { Roles } from "../governance/Roles.sol";
import { IStakeVault } from "./IStakeVault.sol";

/// @title Modules
/// @notice The part of the StakeVault that knows which contracts may lock and seize stake. See `IStakeVault`, the
/// manual.
abstract contract Modules is IStakeVault, AccessManaged {
    /// @dev Two windows of 7 days and the longest case, 15.5 days: what was signed before an announcement is settled.
    uint256 private constant MIN_MODULE_DELAY = 29.5 days;

    /// @inheritdoc IStakeVault
    address public immutable RESERVE;
    /// @inheritdoc IStakeVault
    uint256 public immutable UNBONDING_PERIOD;
    /// @inheritdoc IStakeVault
    uint256 public immutable MODULE_DELAY;

    struct Module {
        ModuleStatus status;
        uint40 readyAt;
    }

    /// @inheritdoc IStakeVault
    address public court;
    bool private _sealed;
    mapping(address module => Module) private _modules;

    constructor(
        address authority,
        address reserve,
        uint40 unbondingPeriod,
        uint40 moduleDelay
    ) AccessManaged(authority) {
        if (reserve == address(0)) revert ZeroAddress();
        uint256 minimum = Math.max(uint256(unbondingPeriod) + 1, MIN_MODULE_DELAY);
        if (moduleDelay < minimum) revert ModuleDelayTooShort(moduleDelay, minimum);
        RESERVE = reserve;
        UNBONDING_PERIOD = unbondingPeriod;
        MODULE_DELAY = moduleDelay;
    }

    /// @inheritdoc IStakeVault
    function seal(address[] calldata modules, address court_) external restricted {
        if (_sealed) revert AlreadySealed();
        _sealed = true;
        for (uint64 role = Roles.ADMIN; role <= Roles.GUARDIAN; ++role) {
            (bool member, ) = IAccessManager(authority()).hasRole(role, RESERVE);
            if (member) revert ReserveIsGovernor(RESERVE, role);
        }
        for (uint256 i = 0; i < modules.length; ++i) _wire(modules[i]);
        if (court_ != address(0)) _wire(court_);
        court = court_;
    }

    /// @inheritdoc IStakeVault
    function announceModule(address module) external restricted {
        if (module == address(0)) revert ZeroAddress();
        _requireModule(module, ModuleStatus.None);
        uint40 readyAt = uint40(block.timestamp + MODULE_DELAY);
        _modules[module] = Module({ status: ModuleStatus.Announced, readyAt: readyAt });
        emit ModuleAnnounced(module, readyAt);
    }

    /// @inheritdoc IStakeVault
    function activateModule(address module) external {
        _requireModule(module, ModuleStatus.Announced);
        uint256 readyAt = _modules[module].readyAt;
        if (block.timestamp < readyAt) revert ModuleNotReady(module, block.timestamp, readyAt);
        _modules[module].status = ModuleStatus.Active;
        emit ModuleActivated(module);
    }

    /// @inheritdoc IStakeVault
    function removeModule(address module) external restricted {
        ModuleStatus status = _modules[module].status;
        if (status != ModuleStatus.Announced) _requireModule(module, ModuleStatus.Active);
        _modules[module].status = ModuleStatus.Removed;
        emit ModuleRemoved(module);
    }

    /// @inheritdoc IStakeVault
    function moduleStatus(address module) external view returns (ModuleStatus, uint256) {
        return (_modules[module].status, _modules[module].readyAt);
    }

    function _isActive(address module) internal view returns (bool) {
        ModuleStatus status = _modules[module].status;
        return status == ModuleStatus.Genesis || status == ModuleStatus.Active;
    }

    function _requireActive(address module) internal view {
        if (!_isActive(module)) revert ModuleInStatus(module, _modules[module].status, ModuleStatus.Active);
    }

    function _wire(address module) private {
        _requireModule(module, ModuleStatus.None);
        _modules[module].status = ModuleStatus.Genesis;
        emit ModuleActivated(module);
    }

    function _requireModule(address module, ModuleStatus expected) private view {
        ModuleStatus actual = _modules[module].status;
        if (actual != expected) revert ModuleInStatus(module, actual, expected);
    }

    function _isGenesis(address module) internal view returns (bool) {
        return _modules[module].status == ModuleStatus.Genesis;
    }
}
