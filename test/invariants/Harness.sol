// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IModelRegistry } from "../../contracts/models/IModelRegistry.sol";
import { IStakeVault } from "../../contracts/staking/IStakeVault.sol";
import { GovernanceActions } from "./GovernanceActions.sol";

/// @notice Where every run begins: three operators in business, token holders with mature votes, a model that they judge
/// and one that nobody does. What is checked of everybody's money, and a sequence that does not depend on luck.
abstract contract Harness is GovernanceActions {
    uint256 internal constant JURORS = 8;

    function setUp() public virtual override {
        super.setUp();
        _modules.push(address(protocol.operators));
        _modules.push(address(protocol.court));
        _models.push(Model(modelId, WINDOW, PENALTY_BPS, false, false, false));
        IModelRegistry.Policy memory policy = _policy();
        policy.challengeWindow = 1 days;
        _makeJudged(policy);
        _addModel(policy);
        address later = _newModule();
        vm.prank(owner);
        protocol.vault.announceModule(later);
        vm.warp(block.timestamp + 35 days);
        protocol.vault.activateModule(later);
        for (uint256 i = 0; i < JURORS; ++i) {
            _accounts.push(_juror(i));
            _stakeAndOptIn(_juror(i), 20_000e18);
            vm.prank(_juror(i));
            protocol.vault.enroll();
            _ledger[_juror(i)].enrolled = true;
        }
        vm.warp(block.timestamp + 7 days + 1);
        for (uint256 i = 0; i < SLOTS; ++i) {
            _slots[i] = _newOperator(i);
            _stakeAndOptIn(_slots[i], 5_000e18 * (i + 1) ** 2);
            _registerAs(_slots[i], uint96(4_000e18 * (i + 1)));
            _addSigner(_slots[i], 0);
        }
        address[4] memory others = [stranger, beneficiary, RESERVE, makeAddr("staker")];
        for (uint256 i = 0; i < others.length; ++i) _accounts.push(others[i]);
        _stakeAndOptIn(others[3], 10_000e18);
    }

    function _juror(uint256 n) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("juror", n)))));
    }

    function _creditOf(address account) internal view returns (uint256) {
        return protocol.vault.account(account).credit;
    }

    /// @dev All of a test's invariants.
    function _checkAll() internal virtual;

    /// @dev What the vault holds is what it owes; no token is made or lost on the way, and nobody else has any.
    function _checkBalances() internal view {
        uint256 owed = _donated;
        for (uint256 i = 0; i < _accounts.length; ++i) {
            IStakeVault.AccountView memory a = protocol.vault.account(_accounts[i]);
            owed += a.active + a.unbonding + a.credit;
            assertEq(token.balanceOf(_accounts[i]), _ledger[_accounts[i]].wallet, "wallet");
        }
        owed += _creditOf(address(protocol.court)) + _creditOf(disputes);
        assertEq(token.balanceOf(address(protocol.court)) + token.balanceOf(disputes), 0, "money outside the vault");
        assertEq(token.balanceOf(address(protocol.vault)), owed, "balance of the vault");
    }

    /// @dev Stake, credit and locks are what the actions left; locked is their sum, within bonded.
    function _checkLocks() internal view {
        for (uint256 i = 0; i < _accounts.length; ++i) {
            address account = _accounts[i];
            IStakeVault.AccountView memory a = protocol.vault.account(account);
            assertEq(a.active, _ledger[account].active, "active");
            assertEq(a.unbonding, _ledger[account].unbonding, "unbonding");
            assertEq(a.credit, _ledger[account].credit, "credit");
            assertEq(a.enrolled, _ledger[account].enrolled, "enrolled");
            uint256 locked = protocol.vault.lockedBy(address(protocol.attestations), account);
            for (uint256 m = 0; m < _modules.length; ++m) {
                uint256 held = protocol.vault.lockedBy(_modules[m], account);
                assertEq(held, _moduleLocks[_modules[m]][account], "lockedBy");
                locked += held;
            }
            assertEq(a.locked, locked, "locked");
            assertLe(a.locked, a.active + a.unbonding, "locked beyond bonded");
        }
    }

    /// @dev Past votes and the liability of a signature are what they were.
    function _checkPast() internal view {
        for (uint256 i = 0; i < _voteSamples.length; ++i) {
            VoteSample storage s = _voteSamples[i];
            uint256 votes =
                s.account == address(0)
                    ? protocol.vault.getPastTotalSupply(s.timepoint)
                    : protocol.vault.getPastVotes(s.account, s.timepoint);
            assertEq(votes, s.votes, "past votes");
        }
        for (uint256 i = 0; i < _liabilitySamples.length; ++i) {
            LiabilitySample storage s = _liabilitySamples[i];
            assertEq(_liable(s.signed), s.holds, "liability");
            assertEq(_signatureHolds(s.signed), s.holds, "liability by the keys");
        }
    }

    /// @dev The court has what it owes, and locks exactly what open ballots risk.
    function _checkCourt() internal view {
        address court = address(protocol.court);
        // Of what cannot be divided among the jurors of a round, each leaves less than one unit.
        assertGe(_creditOf(court), _courtOwes(), "what the court owes");
        assertLe(_creditOf(court), _courtOwes() + _ballots.length, "what the court keeps");
        assertEq(_creditOf(court), _ledger[court].credit, "credit of the court");
        for (uint256 i = 0; i < _accounts.length; ++i) {
            assertEq(protocol.vault.lockedBy(court, _accounts[i]), _atRisk(_accounts[i]), "risk of open ballots");
        }
    }

    /// @dev When time has decided everything: ruling before ballots or after, each once and once too often.
    function _settleAll(bool ballotsFirst) internal {
        if (ballotsFirst) _claimAll();
        for (uint256 n = 0; n < _trialIds.length; ++n) if (_isTried(_trialIds[n])) _settle(_trialIds[n], stranger);
        if (!ballotsFirst) _claimAll();
        for (uint256 n = 0; n < _contributions.length; ++n) {
            if (_contributions[n].amount > 0) _withdrawContribution(n, stranger);
            _withdrawContribution(n, stranger);
        }
    }

    function _claimAll() private {
        for (uint256 n = 0; n < _ballots.length; ++n) {
            if (!_ballots[n].settled) _claimBallot(n, stranger);
            _claimBallot(n, stranger);
        }
    }

    /// @dev Acts until every named action has succeeded; fails with the name of one that has not after 1,500 steps.
    function _runUntil(bytes4[] memory selectors, string memory names) internal {
        string[] memory all = vm.split(names, ",");
        string memory missing = all[0];
        for (uint256 step = 1; bytes(missing).length > 0 && step <= 1_500; ++step) {
            uint256 seed = uint256(keccak256(abi.encode(step)));
            (bool ok, ) = address(this).call(abi.encodeWithSelector(selectors[seed % selectors.length], seed));
            assertTrue(ok, "an action reverted");
            if (step % 100 != 0) continue;
            _checkAll();
            missing = "";
            for (uint256 i = 0; i < all.length; ++i) if (_succeeded[all[i]] == 0) missing = all[i];
        }
        assertEq(missing, "");
    }
}
